import { expect, it } from '@jest/globals'
import {
  afterInvocation,
  beforeInvocation,
  firstAttempt,
  type RetryRules,
} from '../../src/polling/attempts.ts'
import type { InvocationResult } from '../../src/polling/batchOutcome.ts'
import { aRecord, recordsAt } from '../helpers/records.ts'

const FAILED: InvocationResult = { error: { errorType: 'Error', errorMessage: 'no', trace: [] } }
const rules = (some: Partial<RetryRules> = {}): RetryRules => ({
  reportsFailures: true,
  maximumRetries: Infinity,
  maximumRecordAgeMs: Infinity,
  bisects: false,
  ...some,
})
const batch = firstAttempt(recordsAt(0, [3, 4, 9, 10, 11]))
const offsets = ({ records }: { records: readonly { offset: number }[] }) =>
  records.map(({ offset }) => offset)

it('retries all records of a batch that failed, as one retry more', () => {
  const { again, reason } = afterInvocation(batch, 'id', FAILED, rules({ maximumRetries: 1 }))

  expect(again).toEqual([
    { records: batch.records, retries: 1, failures: 1, last: { requestId: 'id', invokeCount: 1 } },
  ])
  expect(reason).toBe('Error: no')
})

it('gives up what fails without a retry left', () => {
  const attempt = { ...batch, retries: 2, failures: 2 }

  expect(afterInvocation(attempt, 'id', FAILED, rules({ maximumRetries: 2 }))).toEqual({
    again: [],
    givenUp: {
      records: batch.records,
      condition: 'RetryAttemptsExhausted',
      requestId: 'id',
      invokeCount: 3,
      functionError: true,
    },
    reason: 'Error: no',
  })
})

it('does not count an invocation that never reached the function', () => {
  const throttled: InvocationResult = { ...FAILED, notInvoked: true }
  const attempt = { ...batch, retries: 2, failures: 2 }

  const { again, givenUp } = afterInvocation(
    attempt,
    'id',
    throttled,
    rules({ maximumRetries: 2, bisects: true }),
  )

  expect(again).toEqual([{ ...attempt, failures: 3 }])
  expect(givenUp).toBeUndefined()
})

it('splits an odd batch with the larger half first, and one record not at all', () => {
  const split = rules({ bisects: true, maximumRetries: 1 })
  const halves = afterInvocation(batch, 'id', FAILED, split).again
  const [single] = afterInvocation({ ...batch, records: recordsAt(0, [3]) }, 'id', FAILED, split).again

  expect(halves.map(offsets)).toEqual([
    [3, 4, 9],
    [10, 11],
  ])
  expect(halves.map(({ retries, failures }) => [retries, failures])).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(single).toMatchObject({ retries: 1, failures: 1 })
})

it.each([
  ['younger', 59_999, 'sent'],
  ['as old', 60_000, 'sent'],
  ['older', 60_001, 'expired'],
])('sends a record that is %s than the limit, or not', (_age, age, what) => {
  const attempt = firstAttempt([aRecord({ timestamp: 1_000_000 - age })])

  const before = beforeInvocation(attempt, rules({ maximumRecordAgeMs: 60_000 }), 1_000_000)

  expect(before.attempt === undefined ? 'expired' : 'sent').toBe(what)
})

it('takes a record without a timestamp for one without an age', () => {
  const attempt = firstAttempt([aRecord({ timestamp: -1 })])

  expect(beforeInvocation(attempt, rules({ maximumRecordAgeMs: 60_000 }), Date.now())).toEqual({ attempt })
})
