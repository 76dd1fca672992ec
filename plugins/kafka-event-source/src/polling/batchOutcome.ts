import { type KafkaRecord, partitionName } from '../event/kafkaRecord.ts'

/** What Lambda reports of a failed invocation. */
export type FunctionError = {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

/**
 * `answer`: the function's return value as its JSON reads; `undefined` and functions have become `null`.
 * `notInvoked`: the error came before the function had the event, and is no fault of it.
 */
export type InvocationResult =
  | { readonly answer: unknown }
  | { readonly error: FunctionError; readonly notInvoked?: true }

export type BatchOutcome = {
  /** The records to send again, in offset order within each partition; all others are done. */
  readonly retry: readonly KafkaRecord[]
  /** Why, in a few words for the terminal; only when something is to be sent again. */
  readonly reason?: string
}

/**
 * What is done and what is to be tried again after an invocation.
 * Without `reportsFailures` (FunctionResponseTypes) the answer is not looked at: no error is success.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function batchOutcome(
  records: readonly KafkaRecord[],
  result: InvocationResult,
  { reportsFailures }: { reportsFailures: boolean },
): BatchOutcome {
  if ('error' in result) return { retry: records, reason: errorText(result.error) }
  if (!reportsFailures) return { retry: [] }

  const reported = reportedFailures(result.answer)
  if (reported === 'malformed') return { retry: records, reason: 'its batchItemFailures cannot be read' }
  if (reported.length === 0) return { retry: [] }

  const sent = new Set(records.map(recordId))
  const unknown = reported.find((id) => !sent.has(id))
  if (unknown !== undefined) return { retry: records, reason: `it reported ${unknown}, which was not sent` }

  const failed = new Set(reported)
  const retry = records.filter((record) => failed.has(recordId(record)))
  return { retry, reason: 'reported by the function' }
}

/** `Error: card refused (charge.ts:12:9)`, on one line. */
export function errorText({ errorType, errorMessage, trace }: FunctionError): string {
  const text = ['', errorType].includes(errorMessage) ? errorType : `${errorType}: ${errorMessage}`
  const place = thrownAt(trace)
  return text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 300) + (place === undefined ? '' : ` (${place})`)
}

/** Below it, in stack traces with paths or with URLs. */
const OWN_CODE = new URL('../runner/', import.meta.url).pathname

/** File, line and column of the innermost call in the user's own code. */
function thrownAt(trace: readonly string[]): string | undefined {
  for (const line of trace) {
    const place = /^\s+at .*?([^/\\()\s]+:\d+:\d+)\)?$/.exec(line)?.[1]
    if (place !== undefined && !/node_modules|node:/.test(line) && !line.includes(OWN_CODE)) return place
  }
  return undefined
}

const recordId = (record: KafkaRecord): string => `${partitionName(record)} offset ${record.offset}`

/**
 * The identifiers in an answer. Null, an empty object or list and an absent or null `batchItemFailures` report nothing;
 * whatever else is not `{ batchItemFailures: [{ itemIdentifier: { partition: string, offset: number } }] }` is malformed.
 */
function reportedFailures(answer: unknown): string[] | 'malformed' {
  if (answer === null || answer === undefined) return []
  if (Array.isArray(answer)) return answer.length === 0 ? [] : 'malformed'
  if (typeof answer !== 'object') return 'malformed'

  const { batchItemFailures } = answer as { batchItemFailures?: unknown }
  if (batchItemFailures === null || batchItemFailures === undefined) return []
  if (!Array.isArray(batchItemFailures)) return 'malformed'

  const ids: string[] = []
  for (const item of batchItemFailures) {
    const identifier = item?.itemIdentifier
    if (typeof identifier?.partition !== 'string' || !Number.isSafeInteger(identifier.offset))
      return 'malformed'
    ids.push(`${identifier.partition} offset ${identifier.offset}`)
  }
  return ids
}
