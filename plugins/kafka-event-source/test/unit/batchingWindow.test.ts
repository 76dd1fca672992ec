import { expect, it } from '@jest/globals'
import { windowEnd } from '../../src/polling/batchingWindow.ts'
import { DEFAULT_RETRY_PAUSE, retryPauseMs } from '../../src/polling/retryPause.ts'

it('counts the window from the end of the previous invocation', () => {
  expect(windowEnd(1_200, 1_000, 500)).toBe(1_500)
})

it('starts a new window with the first record when the last one passed without any', () => {
  expect(windowEnd(1_500, 1_000, 500)).toBe(2_000)
  expect(windowEnd(1_500, undefined, 500)).toBe(2_000)
})

it('is over at once when it is 0', () => {
  expect(windowEnd(1_000, 1_000, 0)).toBe(1_000)
})

it('doubles the pause between attempts from 100 ms to 10 s', () => {
  const pauses = [1, 2, 3, 7, 8, 9, 10_000].map((failures) => retryPauseMs(failures, DEFAULT_RETRY_PAUSE))
  expect(pauses).toEqual([100, 200, 400, 6_400, 10_000, 10_000, 10_000])
})
