import { Worker } from 'node:worker_threads'
import type { FunctionError, InvocationResult } from '../batchOutcome.ts'
import { functionError, thrownError } from './functionError.ts'
import type { FunctionSettings } from './functionSettings.ts'
import type { InvocationMessage, WorkerMessage } from './messages.ts'

/** How long loading a handler may take: Lambda's 10 s, and as long again for machines that are slower. */
const INIT_LIMIT_MS = 20_000
const SMALLEST_HEAP_MB = 128

type EnvironmentEvents = {
  /** The environment is no more. `error`: what ended it while no invocation was there to be told. */
  ended(error: FunctionError | undefined): void
}

/** One execution environment: a worker thread with the function's code, one invocation at a time. Once ended it is never used again. */
export class ExecutionEnvironment {
  readonly #settings: FunctionSettings
  readonly #events: EnvironmentEvents
  readonly #worker: Worker
  readonly #loaded = Promise.withResolvers<void>()
  #finishInvocation: ((result: InvocationResult) => void) | undefined
  #endedBy: FunctionError | 'closed' | undefined

  constructor(settings: FunctionSettings, events: EnvironmentEvents) {
    this.#settings = settings
    this.#events = events
    this.#worker = new Worker(new URL(`./worker${extension()}`, import.meta.url), {
      workerData: { ...settings, environment: {} } satisfies FunctionSettings,
      env: { ...settings.environment },
      resourceLimits: { maxOldGenerationSizeMb: Math.max(settings.memorySizeMb, SMALLEST_HEAP_MB) },
    })
    this.#worker
      .on('message', (message: WorkerMessage) => this.#received(message))
      .on('messageerror', (error) => this.#end(thrownError(error)))
      .on('error', (error) => this.#end(thrownError(error)))
      .on('exit', (status) => this.#end(exitError(status)))
    const limit = setTimeout(() => {
      this.#end(
        functionError('Sandbox.Timedout', `The handler was not loaded after ${INIT_LIMIT_MS / 1_000} s`),
      )
    }, INIT_LIMIT_MS)
    void this.#loaded.promise.then(() => clearTimeout(limit))
  }

  /** Runs one invocation, as soon as the handler is loaded. Its time counts from then on. */
  async invoke(eventText: string, requestId: string): Promise<InvocationResult> {
    const { promise, resolve } = Promise.withResolvers<InvocationResult>()
    this.#finishInvocation = resolve
    if (this.#endedBy !== undefined) return { error: closedError(this.#endedBy) }

    await this.#loaded.promise
    const { timeoutMs } = this.#settings
    let timer: NodeJS.Timeout | undefined
    if (this.#endedBy === undefined) {
      const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs
      this.#worker.postMessage({ requestId, eventText, deadline } satisfies InvocationMessage)
      if (timeoutMs !== undefined) timer = setTimeout(() => this.#end(timeoutError(timeoutMs)), timeoutMs)
    }
    const result = await promise
    clearTimeout(timer)
    return result
  }

  close(): void {
    this.#end('closed')
  }

  #received(message: WorkerMessage): void {
    if (message.type === 'ready') this.#loaded.resolve()
    else if (message.type === 'answered') this.#finish({ answer: JSON.parse(message.answerText) })
    else if (message.fatal) this.#end(message.error)
    else this.#finish({ error: message.error })
  }

  #finish(result: InvocationResult): void {
    const finish = this.#finishInvocation
    this.#finishInvocation = undefined
    finish?.(result)
  }

  /** The first of several signs of the end counts: a worker that fails sends an error and then its exit. */
  #end(reason: FunctionError | 'closed'): void {
    if (this.#endedBy !== undefined) return
    this.#endedBy = reason
    void this.#worker.terminate()
    const told = this.#finishInvocation !== undefined
    this.#finish({ error: closedError(reason) })
    this.#loaded.resolve()
    this.#events.ended(told || reason === 'closed' ? undefined : reason)
  }
}

const closedError = (reason: FunctionError | 'closed'): FunctionError =>
  reason === 'closed' ? functionError('Sandbox.Closed', 'The execution environment was closed') : reason

const timeoutError = (timeoutMs: number): FunctionError =>
  functionError('Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`)

const exitError = (status: number): FunctionError =>
  functionError(
    'Runtime.ExitError',
    status === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${status}`,
  )

/** The worker file lies beside this one, compiled or not. */
const extension = (): string => (import.meta.url.endsWith('.ts') ? '.ts' : '.js')
