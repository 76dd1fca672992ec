import type { PackedEvent } from '../event/packedEvent.ts'
import type { FunctionError } from '../polling/batchOutcome.ts'
import type { FunctionSettings } from './functionSettings.ts'

/** JSON text, or a Kafka event that the worker makes of what came from Kafka. */
export type InvocationEvent = string | PackedEvent

/** Main thread -> worker thread: one invocation. The worker has at most one at a time. */
export type InvocationMessage = {
  readonly requestId: string
  readonly event: InvocationEvent
  /** Epoch milliseconds at which the invocation is cut off; `undefined`: never. */
  readonly deadline: number | undefined
}

/** What a worker thread is made with. */
export type WorkerData = {
  readonly settings: FunctionSettings
  /** Of its `DirectOutput`. */
  readonly output: SharedArrayBuffer
  /** NODE_COMPILE_CACHE of this process; the thread has an environment of its own. */
  readonly compileCache: string | undefined
}

/** Files of the function's code by absolute path, with the `contentHash` that they had when they were loaded. */
export type Modules = ReadonlyMap<string, string | undefined>

/** Worker thread -> main thread. After `failed` with `fatal` the worker ends. */
export type WorkerMessage =
  | { readonly type: 'modules'; readonly modules: Modules }
  | { readonly type: 'ready' }
  | { readonly type: 'answered'; readonly answerText: string }
  | { readonly type: 'failed'; readonly error: FunctionError; readonly fatal: boolean }
