import { EventSources } from './src/EventSources.ts'
import { stopBeforeHostEnds } from './src/hostEnd.ts'
import { completeTemplate, defineConfiguration } from './src/packaging.ts'
import { endAtSecondSignal } from './src/secondSignal.ts'
import type { CliOptions, Log, ServerlessLike } from './src/serverless.ts'

/** Serverless plugin: the functions' `msk` events work under `serverless offline`, and their settings reach the template. */
export default class KafkaEventSource {
  readonly #serverless: ServerlessLike
  readonly #eventSources: EventSources
  #stopped: Promise<void> | undefined

  readonly hooks = {
    'after:package:compileEvents': () => this.#told(() => completeTemplate(this.#serverless)),
    // `serverless offline`
    'before:offline:start': () => this.#start(),
    // `serverless offline start`
    'before:offline:start:init': () => this.#start(),
    'after:offline:start:ready': () => this.#stop(),
    // Some plugin failed: the process ends by itself when nothing here holds it.
    error: () => this.#eventSources.stop(),
  }

  constructor(serverless: ServerlessLike, cliOptions: CliOptions, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#eventSources = new EventSources({ serverless, cliOptions, log })
    defineConfiguration(serverless)
  }

  async #start(): Promise<void> {
    await this.#told(() => this.#eventSources.start())
    stopBeforeHostEnds(this.#serverless.pluginManager.plugins, () => this.#stop())
  }

  #stop(): Promise<void> {
    if (this.#stopped === undefined) {
      endAtSecondSignal(() => void this.#eventSources.abandon())
      this.#stopped = this.#eventSources.stop()
    }
    return this.#stopped
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
