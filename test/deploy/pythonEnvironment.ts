import path from 'node:path'
import { pythonEnvironment } from '../helpers/pythonEnvironment.ts'

/** What `npm run test:deploy:setup` makes. */
export const environment = pythonEnvironment('python', path.join(import.meta.dirname, 'requirements.txt'))

export const { program: pythonProgram, upToDate } = environment
