import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import {
  ENVIRONMENT,
  INSTALLED,
  pythonProgram,
  REQUIREMENTS,
  requirements,
  upToDate,
} from './pythonEnvironment.ts'

/** The oldest that all the packages of requirements.txt run on. */
const LEAST_PYTHON = [3, 11] as const

/** What the person at the terminal has to mend. */
class SetupError extends Error {}

/** Runs a program to its end, with its output on this terminal. */
function run(program: string, args: string[], otherwise: string): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) throw new SetupError(otherwise)
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

function install(): void {
  checkPython()
  rmSync(ENVIRONMENT, { recursive: true, force: true })
  run(
    'python3',
    ['-m', 'venv', ENVIRONMENT],
    'python3 could not make a virtual environment. Install its venv module (Debian: apt install python3-venv).',
  )
  run(
    pythonProgram('python'),
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--requirement',
      REQUIREMENTS,
    ],
    'pip could not install test/deploy/requirements.txt; it says why above. Run npm run test:deploy:setup again afterwards.',
  )
  writeFileSync(INSTALLED, requirements())
}

try {
  if (upToDate()) {
    console.log('The Python environment of the deployment checks is up to date.')
  } else {
    console.log('Installing the deployment checks into .local/python (a minute or two) …')
    install()
    console.log('Installed. Run them with: npm run test:deploy')
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
