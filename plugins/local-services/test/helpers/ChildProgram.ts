import { type ChildProcess, spawn } from 'node:child_process'
import { waitFor } from '../../../../test/helpers/waitFor.ts'

export interface ChildProgramOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
}

/** A Node program as a child process, with all that it prints. */
export class ChildProgram {
  readonly child: ChildProcess
  /** The exit code, or the signal's name. */
  readonly exited: Promise<number | string>
  output = ''

  constructor(args: readonly string[], { cwd, env = process.env }: ChildProgramOptions = {}) {
    this.child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
    })
  }

  /** Waits until it has printed what the pattern says, and gives the match. */
  async printed(pattern: RegExp, timeoutMs = 40_000): Promise<RegExpExecArray> {
    try {
      return await waitFor(() => pattern.exec(this.output), { timeoutMs, what: `it prints ${pattern}` })
    } catch (error) {
      throw new Error(`${(error as Error).message}. It printed:\n${this.output}`)
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }
}
