import { url as inspectorUrl } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import type { FunctionError, InvocationResult } from '../polling/batchOutcome.ts'
import { DirectOutput } from './directOutput.ts'
import { functionError, thrownError } from './functionError.ts'
import type { FunctionSettings } from './functionSettings.ts'
import type { InvocationEvent, InvocationMessage, Modules, WorkerData, WorkerMessage } from './messages.ts'

/** How long loading a handler may take: Lambda's 10 s, and as long again for machines that are slower. */
const INIT_LIMIT_MS = 20_000
/**
 * V8 ends the whole process, not the thread, when its heap is full in the middle of a large allocation (a long array or Map
 * grows). So the heap may become larger than the function's memory, by the first; and who gets near its end, by the
 * second, is ended before. In between lies what a sound function has of garbage: V8 collects it late when there is room.
 */
const HEAP_HEADROOM_MB = 1_024
const MEMORY_EXCESS_MB = 576
/** Since 22.16 and 24.0. */
const canMeasureMemory = 'getHeapStatistics' in Worker.prototype

type EnvironmentEvents = {
  /** These files are part of its code, too. */
  loaded(modules: Modules): void
  /** The time is over, and a debugger may be attached: the invocation goes on. */
  overdue(): void
  /** The environment is no more. `error`: what ended it while no invocation was there to be told. */
  ended(error: FunctionError | undefined): void
}

/** One execution environment: a worker thread with the function's code, one invocation at a time. Once ended it is never used again. */
export class ExecutionEnvironment {
  readonly #settings: FunctionSettings
  readonly #events: EnvironmentEvents
  readonly #worker: Worker
  readonly #loaded: Promise<void>
  #settleLoading: () => void = () => {}
  readonly #modules = new Map<string, string | undefined>()
  #ready = false
  #finishInvocation: ((result: InvocationResult) => void) | undefined
  #endedBy: FunctionError | 'closed' | undefined
  /** Settles when the thread is no more, which may be after the environment has ended. */
  readonly gone: Promise<void>

  constructor(settings: FunctionSettings, events: EnvironmentEvents) {
    this.#settings = settings
    this.#events = events
    const output = new DirectOutput()
    this.#worker = new Worker(new URL(`./worker${extension()}`, import.meta.url), {
      workerData: {
        settings: { ...settings, environment: {} },
        output: output.memory,
        compileCache: process.env.NODE_COMPILE_CACHE,
      } satisfies WorkerData,
      env: { ...settings.environment },
      resourceLimits: {
        maxOldGenerationSizeMb: settings.memorySizeMb + (canMeasureMemory ? HEAP_HEADROOM_MB : 0),
      },
    })
    this.#worker
      .on('message', (message: WorkerMessage | null | undefined) => this.#received(message))
      .on('messageerror', (error) => this.#end(thrownError(error)))
      .on('error', (error) => this.#end(isOutOfMemory(error) ? this.#memoryError() : thrownError(error)))
      .on('exit', (status) => this.#end(exitError(status)))
    this.gone = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        output.flush()
        resolve()
      }),
    )
    this.#loaded = new Promise((resolve) => {
      this.#settleLoading = resolve
    })
    const limit = setTimeout(() => {
      if (debugging()) return
      this.#end(
        functionError('Sandbox.Timedout', `The handler was not loaded after ${INIT_LIMIT_MS / 1_000} s`),
      )
    }, INIT_LIMIT_MS)
    void this.#loaded.then(() => clearTimeout(limit))
  }

  /** Whether the handler could be loaded. */
  get ready(): boolean {
    return this.#ready
  }

  /** Whether its code runs, as far as one can tell. */
  get busy(): boolean {
    return this.#finishInvocation !== undefined || !this.#ready
  }

  /** The files that its code has come from so far. */
  get modules(): Modules {
    return this.#modules
  }

  /** Runs one invocation, as soon as the handler is loaded. Its time counts from then on. */
  async invoke(event: InvocationEvent, requestId: string): Promise<InvocationResult> {
    if (this.#endedBy !== undefined) return { error: closedError(this.#endedBy) }
    const finished = new Promise<InvocationResult>((resolve) => {
      this.#finishInvocation = resolve
    })
    await this.#loaded
    const { timeoutMs } = this.#settings
    let timer: NodeJS.Timeout | undefined
    if (this.#endedBy === undefined) {
      const deadline = timeoutMs === undefined || debugging() ? undefined : Date.now() + timeoutMs
      const message: InvocationMessage = { requestId, event, deadline }
      this.#worker.postMessage(message, typeof event === 'string' ? [] : [event.buffer])
      if (timeoutMs !== undefined) timer = setTimeout(() => this.#timedOut(timeoutMs), timeoutMs)
    }
    const result = await finished
    clearTimeout(timer)
    return result
  }

  /** Ends a function that takes far more memory than it has been given. Works while its code keeps the thread busy, too. */
  async checkMemory(): Promise<void> {
    if (!canMeasureMemory) return
    try {
      const { used_heap_size, external_memory } = await this.#worker.getHeapStatistics()
      const usedMb = (used_heap_size + external_memory) / 1_048_576
      if (usedMb > this.#settings.memorySizeMb + MEMORY_EXCESS_MB) this.#end(this.#memoryError())
    } catch {
      // The thread has just ended.
    }
  }

  close(): void {
    this.#end('closed')
  }

  #memoryError(): FunctionError {
    return functionError(
      'Runtime.OutOfMemory',
      `The function needs more than its ${this.#settings.memorySizeMb} MB (memorySize)`,
    )
  }

  #timedOut(timeoutMs: number): void {
    if (debugging()) this.#events.overdue()
    else this.#end(timeoutError(timeoutMs))
  }

  /** The function's own code may send anything to the main thread: whatever is not from `worker.ts` is not for us. */
  #received(message: WorkerMessage | null | undefined): void {
    if (this.#endedBy !== undefined) return
    switch (message?.type) {
      case 'modules':
        for (const [file, hash] of message.modules) this.#modules.set(file, hash)
        this.#events.loaded(message.modules)
        break
      case 'ready':
        this.#ready = true
        this.#settleLoading()
        break
      case 'answered':
        this.#finish({ answer: JSON.parse(message.answerText) })
        break
      case 'failed':
        if (message.fatal) this.#end(message.error)
        else this.#finish({ error: message.error })
    }
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
    this.#settleLoading()
    this.#events.ended(told || reason === 'closed' ? undefined : reason)
  }
}

/** A debugger is, or may be, attached (`node --inspect`): whoever steps through the code needs more time. */
const debugging = (): boolean => inspectorUrl() !== undefined

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

const isOutOfMemory = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'

/** The worker file lies beside this one, compiled or not. */
const extension = (): string => (import.meta.url.endsWith('.ts') ? '.ts' : '.js')
