import path from 'node:path'
import { pythonEnvironment } from '../helpers/pythonEnvironment.ts'

/** What `npm run test:api:setup` makes. */
export const environment = pythonEnvironment('python-api', path.join(import.meta.dirname, 'requirements.txt'))
