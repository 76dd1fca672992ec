import { setTimeout as pause } from 'node:timers/promises'
import { type Deadline, remainingMs } from './deadline.ts'
import { RetryableError } from './errors.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/**
 * The pause before an attempt, in milliseconds: doubling, 5 s at most, and up to a half of it shorter by chance, so that
 * those who wait for the same do not come back at once.
 * @param attempt counts from 1, the first repetition
 */
export function retryPauseMs(attempt: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  return longest * (1 - Math.random() / 2)
}

export interface WaitOutOptions {
  tell?: (failure: RetryableError) => void
  /** Milliseconds. */
  longestPauseMs?: number
}

/**
 * Tries again until it succeeds. What nobody expected, and what is permanent, ends it at once.
 * @param options.tell hears of each failure that is waited out
 * @throws the last failure at the deadline
 */
export async function waitOut<T>(
  attempt: () => Promise<T>,
  deadline: Deadline,
  { tell = () => {}, longestPauseMs = LONGEST_PAUSE_MS }: WaitOutOptions = {},
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      const pauseMs = Math.min(retryPauseMs(failures), longestPauseMs)
      if (!(error instanceof RetryableError) || remainingMs(deadline) <= pauseMs) throw error
      tell(error)
      await pause(pauseMs)
    }
  }
}
