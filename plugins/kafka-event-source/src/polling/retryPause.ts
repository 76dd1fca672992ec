/** Milliseconds. */
export type RetryPause = { readonly firstMs: number; readonly longestMs: number }

/** The guide gives no figures; these are this project's. */
export const DEFAULT_RETRY_PAUSE: RetryPause = { firstMs: 100, longestMs: 10_000 }

/** Milliseconds before the next attempt after so many failures (from 1): doubles each time, up to the longest. */
export const retryPauseMs = (failures: number, { firstMs, longestMs }: RetryPause): number =>
  Math.min(firstMs * 2 ** Math.min(failures - 1, 30), longestMs)
