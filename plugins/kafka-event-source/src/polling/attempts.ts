import { randomUUID } from 'node:crypto'
import type { KafkaRecord } from '../event/kafkaRecord.ts'
import type { FailedBatch, FailureCondition } from '../onFailure/failedBatch.ts'
import type { MappingSettings } from '../settings/settings.ts'
import { batchOutcome, type InvocationResult } from './batchOutcome.ts'

/** Records that are to be sent in one invocation, and what became of them so far. */
export type Attempt = {
  readonly records: readonly KafkaRecord[]
  /** Which retry of these records it is; 0 for their first invocation. */
  readonly retries: number
  /** Invocations that failed before it: the pause grows with them. */
  readonly failures: number
  /** The invocation that carried the records last; `invokeCount` as in `FailedBatch`. */
  readonly last?: { readonly requestId: string; readonly invokeCount: number }
}

export type RetryRules = Pick<
  MappingSettings,
  'reportsFailures' | 'maximumRetries' | 'maximumRecordAgeMs' | 'bisects'
>

/** What an invocation leaves to do. Records that are in neither are done. */
export type Aftermath = {
  /** In their order: each begins when the one before it is over. */
  readonly again: readonly Attempt[]
  readonly givenUp?: FailedBatch
  /** Why, in a few words for the terminal; absent when all is done. */
  readonly reason?: string
}

export const firstAttempt = (records: readonly KafkaRecord[]): Attempt => ({
  records,
  retries: 0,
  failures: 0,
})

/**
 * What follows an invocation. After a function error a batch is split (BisectBatchOnFunctionError), which costs no retry,
 * down to single records; reported records are retried together. When no retry is left, the records are given up.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function afterInvocation(
  attempt: Attempt,
  requestId: string,
  result: InvocationResult,
  rules: RetryRules,
): Aftermath {
  const { records, retries, failures } = attempt
  const { retry: left, reason } = batchOutcome(records, result, rules)
  if (reason === undefined) return { again: [] }

  // Throttles and service errors are no attempts: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
  if ('error' in result && result.notInvoked) {
    return { again: [{ ...attempt, failures: failures + 1 }], reason }
  }
  const functionError = 'error' in result
  const next = { retries, failures: failures + 1, last: { requestId, invokeCount: retries + 1 } }
  if (functionError && rules.bisects && left.length > 1) {
    const middle = Math.ceil(left.length / 2)
    // Looking for the record that fails, the pause does not grow: a batch of 100 is halved seven times.
    const half = { ...next, failures: Math.max(failures, 1) }
    return {
      again: [
        { ...half, records: left.slice(0, middle) },
        { ...half, records: left.slice(middle) },
      ],
      reason,
    }
  }
  if (retries < rules.maximumRetries) {
    return { again: [{ ...next, records: left, retries: retries + 1 }], reason }
  }
  return {
    again: [],
    givenUp: {
      records: left,
      condition: 'RetryAttemptsExhausted',
      requestId,
      invokeCount: retries + 1,
      functionError,
    },
    reason,
  }
}

/**
 * Parts the records that are too old to be sent from the others, by the records' own timestamps; `now` in epoch
 * milliseconds. A record without a timestamp (-1) has no age.
 */
export function beforeInvocation(
  attempt: Attempt,
  { maximumRecordAgeMs }: RetryRules,
  now: number,
): { readonly attempt?: Attempt; readonly expired?: FailedBatch } {
  const oldest = now - maximumRecordAgeMs
  const isExpired = ({ timestamp }: KafkaRecord) => timestamp >= 0 && timestamp < oldest
  if (!attempt.records.some(isExpired)) return { attempt }

  const expired = neverSentAgain(
    { ...attempt, records: attempt.records.filter(isExpired) },
    'RecordAgeExceeded',
  )
  const records = attempt.records.filter((record) => !isExpired(record))
  return records.length === 0 ? { expired } : { attempt: { ...attempt, records }, expired }
}

/** Records that are given up without another invocation. */
export const neverSentAgain = (
  { records, last }: Attempt,
  condition: Exclude<FailureCondition, 'RetryAttemptsExhausted'>,
): FailedBatch => ({
  records,
  condition,
  requestId: last?.requestId ?? randomUUID(),
  invokeCount: last?.invokeCount ?? 0,
})
