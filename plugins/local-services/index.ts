export { LocalServices as default } from './src/LocalServices.ts'
