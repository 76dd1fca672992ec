import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** A virtual environment of Python that has exactly the packages of one file of requirements. */
export interface PythonEnvironment {
  readonly folder: string
  /** The packages, each with its version. */
  readonly requirementsFile: string
  /** Holds the requirements that were installed; written last, so that half an installation does not count. */
  readonly installedFile: string
  /** A program of the environment, such as `cfn-lint` or `python`. */
  program(name: string): string
  requirements(): string
  upToDate(): boolean
}

/** @param name its folder in .local */
export function pythonEnvironment(name: string, requirementsFile: string): PythonEnvironment {
  const folder = path.join(root, '.local', name)
  const installedFile = path.join(folder, 'installed.txt')
  const program = (of: string) => path.join(folder, 'bin', of)
  const requirements = () => readFileSync(requirementsFile, 'utf8')
  return {
    folder,
    requirementsFile,
    installedFile,
    program,
    requirements,
    upToDate: () =>
      existsSync(program('python')) &&
      existsSync(installedFile) &&
      readFileSync(installedFile, 'utf8') === requirements(),
  }
}
