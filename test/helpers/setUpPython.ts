import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import type { PythonEnvironment } from './pythonEnvironment.ts'

/** The oldest that all the packages of all the requirements run on. */
const LEAST_PYTHON = [3, 11] as const

/** What the person at the terminal has to mend. */
class SetupError extends Error {}

/**
 * Installs what an environment lacks, and says so; ends with code 1 when it cannot.
 * @param script the npm script that the environment is for; its set-up is `<script>:setup`
 */
export function setUpPython(environment: PythonEnvironment, script: string): void {
  try {
    if (environment.upToDate()) {
      console.log(`The Python environment of ${script} is up to date.`)
    } else {
      console.log(
        `Installing what ${script} needs into .local/${path.basename(environment.folder)} (a minute or two) …`,
      )
      install(environment, script)
      console.log(`Installed. Run it with: npm run ${script}`)
    }
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

function install(environment: PythonEnvironment, script: string): void {
  checkPython()
  rmSync(environment.folder, { recursive: true, force: true })
  run(
    'python3',
    ['-m', 'venv', environment.folder],
    'python3 could not make a virtual environment. Install its venv module (Debian: apt install python3-venv).',
  )
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
  run(
    environment.program('python'),
    [...pip, '--requirement', environment.requirementsFile],
    `pip could not install ${environment.requirementsFile}; it says why above. Run npm run ${script}:setup again afterwards.`,
  )
  writeFileSync(environment.installedFile, environment.requirements())
}

/** @throws SetupError if there is no Python, or one that is too old */
function checkPython(): void {
  const asked = spawnSync('python3', ['-c', 'import sys; print(*sys.version_info[:2])'], { encoding: 'utf8' })
  const wanted = LEAST_PYTHON.join('.')
  if (asked.error || asked.status !== 0) {
    throw new SetupError(
      `There is no python3 in PATH. Install Python ${wanted} or later (Debian: apt install python3).`,
    )
  }
  const [major = 0, minor = 0] = asked.stdout.trim().split(' ').map(Number)
  if (major < LEAST_PYTHON[0] || (major === LEAST_PYTHON[0] && minor < LEAST_PYTHON[1])) {
    throw new SetupError(
      `python3 is ${major}.${minor}. Install Python ${wanted} or later, and let python3 in PATH be that.`,
    )
  }
}

/** Runs a program to its end, with its output on this terminal. */
function run(program: string, args: string[], otherwise: string): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) throw new SetupError(otherwise)
}
