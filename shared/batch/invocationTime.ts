import type { Context } from 'aws-lambda'
import { type Deadline, deadlineIn } from '../deadline.ts'

/** The end of an invocation that is kept for its answer, in milliseconds. */
const ANSWER_RESERVE_MS = 1_000

export interface TimeOptions {
  /** The longest that the work on one record takes, in milliseconds: with less time left, none is begun. */
  longestRecordMs: number
  /** Time kept for writing the results, in milliseconds. */
  produceReserveMs: number
  /** The longest that trouble is waited out in one invocation, in milliseconds; `Infinity`: as long as there is time. */
  patienceMs: number
}

/** How one invocation spends its time: all of it, when there is trouble that may pass. */
export interface InvocationTime {
  /** Whether the work on another record fits, and writing its result after it. */
  hasTimeForRecord(): boolean
  /** Until then trouble is waited out while records are worked on. */
  workDeadline(): Deadline
  /** Until then results are written. */
  produceDeadline(): Deadline
  /** Whether records may be tried again after a pause. */
  allowsAnotherRound(pauseMs: number): boolean
}

export function invocationTime(context: Context, options: TimeOptions): InvocationTime {
  const { longestRecordMs, produceReserveMs, patienceMs } = options
  const patience = deadlineIn(patienceMs)
  const spareMs = () => context.getRemainingTimeInMillis() - ANSWER_RESERVE_MS
  const patienceLeftMs = () => patience.at - Date.now()
  const hasTimeForRecord = () => spareMs() >= longestRecordMs + produceReserveMs
  return {
    hasTimeForRecord,
    workDeadline: () => deadlineIn(Math.min(spareMs() - produceReserveMs, patienceLeftMs())),
    produceDeadline: () => deadlineIn(Math.min(spareMs(), Math.max(produceReserveMs, patienceLeftMs()))),
    allowsAnotherRound: (pauseMs) =>
      patienceLeftMs() > pauseMs && spareMs() - pauseMs >= longestRecordMs + produceReserveMs,
  }
}
