import inspector from 'node:inspector'
import process from 'node:process'

/** How long Serverless gets to tell an error before the process ends, in milliseconds. */
const FAREWELL_MS = 1_000

/**
 * Sees to it that `invoke local` ends, whatever the function leaves behind: connections that keep an execution environment warm,
 * or an answer that never comes.
 */
export class LocalInvocation {
  readonly #tellError: (line: string) => void
  #timer: NodeJS.Timeout | undefined
  #begun = false

  constructor(tellError: (line: string) => void) {
    this.#tellError = tellError
  }

  /**
   * From here on the function runs, and its time counts as in Lambda; with a debugger attached it has all the time.
   * @param timeout of the function, in seconds
   */
  begin(timeout: number): void {
    this.#begun = true
    if (inspector.url() !== undefined) return
    this.#timer = setTimeout(() => {
      this.#tellError(`Task timed out after ${timeout.toFixed(2)} seconds`)
      process.exit(1)
    }, timeout * 1_000)
  }

  /** The function has answered or thrown; Serverless has told that, and set the exit code. */
  end(): never {
    process.exit()
  }

  /** Serverless is about to tell why the command failed, and would then wait for all that is still open. */
  fail(): void {
    clearTimeout(this.#timer)
    if (this.#begun) setTimeout(() => process.exit(), FAREWELL_MS).unref()
  }
}
