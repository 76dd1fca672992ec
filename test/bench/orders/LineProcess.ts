import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of the benchmark as a process of its own, and the lines that it prints. Ends with this one. */
export class LineProcess {
  readonly #child: ChildProcess

  /** @param settings its one argument, as JSON */
  constructor(program: URL, settings: object, onLine: (line: string) => void) {
    const args = [fileURLToPath(program), JSON.stringify(settings)]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', onLine)
    process.once('exit', this.#killAtOnce)
  }

  readonly #killAtOnce = (): void => {
    this.#child.kill('SIGKILL')
  }

  async kill(): Promise<void> {
    process.off('exit', this.#killAtOnce)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#killAtOnce()
    await gone
  }
}
