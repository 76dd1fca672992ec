import type { InvocationResult } from '../polling/batchOutcome.ts'
import type { InvocationEvent } from './messages.ts'

/** Invokes one function. What a mapping needs of whatever runs the function's code. */
export type FunctionRunner = {
  /**
   * One synchronous invocation with this id; several may run side by side.
   * Never rejects: whatever the function does is an answer or a function error, its timeout included.
   */
  invoke(event: InvocationEvent, requestId: string): Promise<InvocationResult>
  /** Ends what runs, at once. */
  close(): Promise<void>
}
