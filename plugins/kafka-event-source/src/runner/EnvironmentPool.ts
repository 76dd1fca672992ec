import type { FunctionError, InvocationResult } from '../batchOutcome.ts'
import { ExecutionEnvironment } from './ExecutionEnvironment.ts'
import type { FunctionRunner } from './FunctionRunner.ts'
import { thrownError } from './functionError.ts'
import type { FunctionSettings } from './functionSettings.ts'

/** An environment that was idle for so long is given up, except the last one. */
const IDLE_LIMIT_MS = 60_000

type PoolOptions = {
  /** Hears of errors that came while no invocation was running. */
  readonly failedBetweenInvocations: (error: FunctionError) => void
  readonly idleLimitMs?: number
}

/**
 * A function's execution environments: one invocation at a time in each, a new one when all are busy, the one used last
 * is used first. An environment that ended is replaced by the next invocation that needs one.
 */
export class EnvironmentPool implements FunctionRunner {
  readonly #settings: FunctionSettings
  readonly #options: PoolOptions
  readonly #all = new Set<ExecutionEnvironment>()
  /** The one used last at the end. */
  readonly #idle: { environment: ExecutionEnvironment; since: number }[] = []
  readonly #sweep: NodeJS.Timeout
  #closed = false

  constructor(settings: FunctionSettings, options: PoolOptions) {
    this.#settings = settings
    this.#options = options
    const idleLimitMs = options.idleLimitMs ?? IDLE_LIMIT_MS
    this.#sweep = setInterval(() => this.#closeIdle(idleLimitMs), idleLimitMs / 4)
    this.#sweep.unref()
  }

  get size(): number {
    return this.#all.size
  }

  /** Loads the handler ahead of the first invocation. */
  warm(): void {
    if (this.#all.size === 0 && !this.#closed) this.#release(this.#create())
  }

  async invoke(eventText: string, requestId: string): Promise<InvocationResult> {
    try {
      const environment = this.#idle.pop()?.environment ?? this.#create()
      const result = await environment.invoke(eventText, requestId)
      this.#release(environment)
      return result
    } catch (error) {
      // A thread could not be made, or the event not be passed on to it.
      return { error: thrownError(error) }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweep)
    for (const environment of this.#all) environment.close()
  }

  #create(): ExecutionEnvironment {
    const environment = new ExecutionEnvironment(this.#settings, {
      ended: (error) => {
        this.#remove(environment)
        if (error !== undefined && !this.#closed) this.#options.failedBetweenInvocations(error)
      },
    })
    this.#all.add(environment)
    return environment
  }

  #release(environment: ExecutionEnvironment): void {
    if (this.#all.has(environment)) this.#idle.push({ environment, since: Date.now() })
  }

  #remove(environment: ExecutionEnvironment): void {
    this.#all.delete(environment)
    const index = this.#idle.findIndex((idle) => idle.environment === environment)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  #closeIdle(idleLimitMs: number): void {
    const overdue = this.#idle.filter(({ since }) => Date.now() - since >= idleLimitMs)
    for (const { environment } of overdue) if (this.#all.size > 1) environment.close()
  }
}
