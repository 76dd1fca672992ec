export { Bundle as default } from './src/Bundle.ts'
