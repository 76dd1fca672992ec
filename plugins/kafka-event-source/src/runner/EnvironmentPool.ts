import { relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorText, type FunctionError, type InvocationResult } from '../polling/batchOutcome.ts'
import type { Log } from '../serverless/serverless.ts'
import { contentHash } from './contentHash.ts'
import { ExecutionEnvironment } from './ExecutionEnvironment.ts'
import type { FunctionRunner } from './FunctionRunner.ts'
import { functionError, thrownError } from './functionError.ts'
import type { FunctionSettings } from './functionSettings.ts'
import type { InvocationEvent, Modules } from './messages.ts'
import { SourceWatcher } from './SourceWatcher.ts'

/** An environment that was idle for so long is given up, except the last one. */
const IDLE_LIMIT_MS = 60_000
/** A busy environment is often free before a new one would have loaded its code. */
const GROW_AFTER_MS = 50
/** Short enough for code that fills its memory as fast as it can. */
const MEMORY_CHECK_MS = 50
/** So many threads that have been told to end and do not, because they wait in a synchronous call (`execSync`), are enough. */
const STUCK_LIMIT = 10
/** How long one that merely ends may take for it. */
const ENDING_LIMIT_MS = 1_000

type PoolOptions = {
  readonly log: Log
  /** An edit was noticed: invocations from now on run the new code. */
  readonly codeChanged?: () => void
  readonly idleLimitMs?: number
  readonly growAfterMs?: number
}

/**
 * A function's execution environments: one invocation at a time in each, a new one when all stay busy for a
 * moment, the one used last is used first. An environment that ended is replaced by the next invocation that needs one; one whose code has been
 * edited finishes its invocation and gets no other.
 */
export class EnvironmentPool implements FunctionRunner {
  readonly #settings: FunctionSettings
  readonly #options: PoolOptions
  readonly #all = new Set<ExecutionEnvironment>()
  readonly #ending = new Set<ExecutionEnvironment>()
  /** The one used last at the end. */
  readonly #idle: { environment: ExecutionEnvironment; since: number }[] = []
  /** Invocations that an environment which becomes free may still take. */
  #waiting: ((environment: ExecutionEnvironment) => void)[] = []
  readonly #outdated = new WeakSet<ExecutionEnvironment>()
  /** What the code that could not be loaded is made of. */
  #failedCode: Modules = new Map()
  readonly #sources: SourceWatcher
  #watchFailed = false
  readonly #sweep: NodeJS.Timeout
  #memoryCheck: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: FunctionSettings, options: PoolOptions) {
    this.#settings = settings
    this.#options = options
    this.#sources = new SourceWatcher({
      root: settings.codeFolder,
      touched: (files) => this.#compare(files),
      failed: (error) => this.#cannotWatch(error),
    })
    const idleLimitMs = options.idleLimitMs ?? IDLE_LIMIT_MS
    this.#sweep = setInterval(() => this.#closeIdle(idleLimitMs), idleLimitMs / 4)
    this.#sweep.unref()
  }

  get size(): number {
    return this.#all.size
  }

  /** Threads, also those that are about to end. */
  get threads(): number {
    return this.#all.size + this.#ending.size
  }

  /** Loads the handler ahead of the next invocation. */
  warm(): void {
    if (this.#idle.length > 0 || this.#closed) return
    try {
      this.#release(this.#create())
    } catch (error) {
      this.#say('warning', errorText(thrownError(error)))
    }
  }

  async invoke(event: InvocationEvent, requestId: string): Promise<InvocationResult> {
    try {
      const environment =
        this.#idle.pop()?.environment ??
        (this.#all.size > 0 ? await this.#freed() : undefined) ??
        (await this.#createWhenRoom())
      if (environment === undefined) return { error: stuckError, notInvoked: true }
      this.#checkMemory()
      const result = await environment.invoke(event, requestId)
      if (this.#outdated.has(environment)) environment.close()
      else this.#release(environment)
      return result
    } catch (error) {
      // A thread could not be made, or the event not be passed on to it.
      return { error: thrownError(error), notInvoked: true }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweep)
    clearInterval(this.#memoryCheck)
    this.#sources.close()
    for (const environment of this.#all) environment.close()
  }

  async #createWhenRoom(): Promise<ExecutionEnvironment | undefined> {
    if (this.#ending.size >= STUCK_LIMIT) {
      const given = sleep(ENDING_LIMIT_MS, 'stuck', { ref: false })
      const first = await Promise.race([given, ...[...this.#ending].map(({ gone }) => gone)])
      if (first === 'stuck') return undefined
    }
    return this.#create()
  }

  #create(): ExecutionEnvironment {
    if (this.#closed) throw new Error('The function is not invoked any more')
    const environment = new ExecutionEnvironment(this.#settings, {
      loaded: (modules) => {
        this.#sources.watch(modules.keys())
        this.#compare([...modules.keys()])
      },
      overdue: () =>
        this.#say(
          'notice',
          `runs for longer than its timeout of ${(this.#settings.timeoutMs ?? 0) / 1_000} s; not cut off because of --inspect`,
        ),
      ended: (error) => this.#ended(environment, error),
    })
    this.#all.add(environment)
    this.#checkMemory()
    return environment
  }

  #release(environment: ExecutionEnvironment): void {
    if (!this.#all.has(environment)) return
    const take = this.#waiting.shift()
    if (take !== undefined) take(environment)
    else this.#idle.push({ environment, since: Date.now() })
  }

  /** One that becomes free in a moment, if any does. The moment begins when the first of all has loaded its code. */
  #freed(): Promise<ExecutionEnvironment | undefined> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout
      const take = (environment?: ExecutionEnvironment): void => {
        clearTimeout(timer)
        resolve(environment)
      }
      const overdue = (): void => {
        // Taken in between: of a turn of the event loop that took long, the timers come before the answers.
        if (!this.#waiting.includes(take)) return
        const loading = this.#all.size > 0 && [...this.#all].every(({ ready }) => !ready)
        if (loading) wait()
        else {
          this.#waiting = this.#waiting.filter((waiting) => waiting !== take)
          take()
        }
      }
      const wait = (): void => {
        timer = setTimeout(() => setImmediate(overdue), this.#options.growAfterMs ?? GROW_AFTER_MS)
      }
      this.#waiting.push(take)
      wait()
    })
  }

  #ended(environment: ExecutionEnvironment, error: FunctionError | undefined): void {
    this.#all.delete(environment)
    const index = this.#idle.findIndex((idle) => idle.environment === environment)
    if (index !== -1) this.#idle.splice(index, 1)
    this.#ending.add(environment)
    void environment.gone.then(() => this.#ending.delete(environment))

    if (!environment.ready) this.#failedCode = environment.modules
    if (error === undefined || this.#closed) return
    if (environment.ready)
      this.#say('warning', `${errorText(error)} (outside of an invocation; its environment is replaced)`)
    else this.#say('warning', `cannot be loaded: ${errorText(error)}`)
  }

  /** Gives up what was made of other contents than these files have now. */
  #compare(files: readonly string[]): void {
    if (this.#closed) return
    const now = new Map(files.map((file) => [file, contentHash(file)]))
    const changed = new Set(changedModules(this.#failedCode, now))
    for (const environment of this.#all) {
      if (this.#outdated.has(environment)) continue
      const own = changedModules(environment.modules, now)
      if (own.length === 0) continue
      for (const file of own) changed.add(file)
      this.#outdated.add(environment)
      if (this.#idle.some((idle) => idle.environment === environment)) environment.close()
    }
    if (changed.size === 0) return

    this.#failedCode = new Map()
    this.#say('notice', this.#changeText([...changed]))
    this.warm()
    this.#options.codeChanged?.()
  }

  #changeText([first = '', ...others]: readonly string[]): string {
    const name = relative(this.#settings.codeFolder, first).replaceAll(sep, '/')
    return others.length === 0
      ? `${name} changed; the next invocation uses it`
      : `${name} and ${others.length} more changed; the next invocation uses them`
  }

  /** The system's limit of watchers is reached, for example. */
  #cannotWatch(error: Error): void {
    if (this.#watchFailed) return
    this.#watchFailed = true
    this.#say('warning', `edits may go unnoticed until the next start: ${error.message}`)
  }

  /** Again and again, as long as there is something that runs. */
  #checkMemory(): void {
    this.#memoryCheck ??= setInterval(() => {
      const busy = [...this.#all].filter((environment) => environment.busy)
      for (const environment of busy) void environment.checkMemory()
      if (busy.length > 0) return
      clearInterval(this.#memoryCheck)
      this.#memoryCheck = undefined
    }, MEMORY_CHECK_MS).unref()
  }

  #closeIdle(idleLimitMs: number): void {
    const overdue = this.#idle.filter(({ since }) => Date.now() - since >= idleLimitMs)
    for (const { environment } of overdue) if (this.#all.size > 1) environment.close()
  }

  #say(level: 'notice' | 'warning', text: string): void {
    this.#options.log[level](`${this.#settings.functionKey}: ${text}`)
  }
}

/** Those of the files `now` that the code has with another content. */
function changedModules(modules: Modules, now: Modules): string[] {
  return [...now]
    .filter(([file, hash]) => modules.has(file) && modules.get(file) !== hash)
    .map(([file]) => file)
}

const stuckError = functionError(
  'Sandbox.Stuck',
  `${STUCK_LIMIT} invocations that were cut off do not end: they wait in a synchronous call`,
)
