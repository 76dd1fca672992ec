const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/** Milliseconds before retry number `retry` (from 1): 100 ms, doubling, 10 s at most. The guide gives no figures; these are this project's. */
export const retryPauseMs = (retry: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** Math.min(retry - 1, 30), LONGEST_PAUSE_MS)
