import { EventSources } from './src/EventSources.ts'
import { offlineHost, stopBeforeHostEnds } from './src/serverless/offlineHost.ts'
import { checkSettings, completeTemplate, defineConfiguration } from './src/serverless/packaging.ts'
import type { CliOptions, Log, ServerlessLike } from './src/serverless/serverless.ts'
import { onStopSignals } from './src/serverless/stopSignals.ts'

/** Serverless plugin: the functions' `msk` and `kafka` events work under `serverless offline`, and their settings reach the template. */
export default class KafkaEventSource {
  readonly #serverless: ServerlessLike
  readonly #eventSources: EventSources
  /** A signal has come. */
  #asked = false
  #forgetSignals = (): void => {}

  readonly hooks = {
    // Ahead of Serverless's own step, which ends in a stack trace where a setting is missing.
    'before:package:compileEvents': () => this.#told(() => void checkSettings(this.#serverless)),
    'after:package:compileEvents': () => this.#told(() => completeTemplate(this.#serverless)),
    // `serverless offline`
    'before:offline:start': () => this.#start(),
    // `serverless offline start`: its hooks are the host's own methods, not what was put around them later.
    'before:offline:start:init': () => this.#start(),
    'before:offline:start:ready': () => this.#endHostIfAsked(),
    'after:offline:start:ready': () => this.#eventSources.stop(),
    error: () => this.#failed(),
  }

  constructor(serverless: ServerlessLike, cliOptions: CliOptions, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#eventSources = new EventSources({ serverless, cliOptions, log })
    defineConfiguration(serverless)
  }

  /** Settles when the mappings read; or at a signal, when what has begun is finished. */
  async #start(): Promise<void> {
    const stop = () => this.#eventSources.stop()
    const host = this.#host
    if (host !== undefined) stopBeforeHostEnds(host, { asked: () => this.#asked, stop })
    const stopped = new Promise<void>((resolve) => {
      this.#forgetSignals = onStopSignals({
        first: () => {
          this.#asked = true
          resolve(stop())
        },
        again: () => void this.#eventSources.abandon(),
      })
    })
    await Promise.race([this.#told(() => this.#eventSources.start()), stopped])
  }

  async #endHostIfAsked(): Promise<void> {
    if (this.#asked) await this.#host?.end()
  }

  /** Some plugin failed: the process ends by itself when nothing here holds it. */
  async #failed(): Promise<void> {
    this.#forgetSignals()
    await this.#eventSources.stop()
  }

  get #host() {
    return offlineHost(this.#serverless.pluginManager.plugins)
  }

  /** An error is for the person at the terminal: its message, no stack. */
  async #told(task: () => void | Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message)
    }
  }
}
