import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** The Python packages of the checks, each with its version. */
export const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt')

/** The virtual environment that `npm run test:deploy:setup` makes. */
export const ENVIRONMENT = path.join(root, '.local/python')

/** Holds the requirements that were installed; written last, so that half an installation does not count. */
export const INSTALLED = path.join(ENVIRONMENT, 'installed.txt')

/** A program of the environment, such as `cfn-lint` or `python`. */
export const pythonProgram = (name: string): string => path.join(ENVIRONMENT, 'bin', name)

export const requirements = (): string => readFileSync(REQUIREMENTS, 'utf8')

/** Whether the environment has exactly what requirements.txt says. */
export const upToDate = (): boolean =>
  existsSync(pythonProgram('python')) &&
  existsSync(INSTALLED) &&
  readFileSync(INSTALLED, 'utf8') === requirements()
