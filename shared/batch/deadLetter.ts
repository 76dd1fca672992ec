import type { OutgoingRecord } from '../kafka/producer.ts'
import type { EventSource, KafkaRecord } from './kafkaEvent.ts'

export const DEAD_LETTERS_TOPIC = 'dead_letters'

/** Why a record is given up, and by which invocation. */
export interface GivenUp {
  /** Code of the error: `InvalidRecord`, `Conflict`, `Declined`, `RecordRefused`. */
  condition: string
  reason: string
  requestId: string
  /** With its version: `arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment:$LATEST`. */
  functionArn: string
  source: EventSource
}

/**
 * The dead letter of a record under the record's own key: AWS's on-failure document for a topic, as the mapping writes it
 * for records that outlive their retries, without `responseContext` and with the reason
 * (docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html).
 * @returns its forms, to be tried in turn when the topic refuses one as too large: with the record as `payload`; without it,
 *   and with topic and partition to find it by; without its key, too
 */
export function deadLetterForms(record: KafkaRecord, given: GivenUp, at: Date): OutgoingRecord[] {
  const { condition, reason, requestId, functionArn, source } = given
  const { topic, partition, key } = record
  const payload = { ...source, records: { [`${topic}-${partition}`]: [record.raw] } }
  const metadata = {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: 1, reason },
    version: '1.0',
    timestamp: at.toISOString(),
  }
  const { eventSourceArn, bootstrapServers } = source
  const payloadSize = Buffer.byteLength(JSON.stringify(payload))
  const batchInfo = { batchSize: 1, eventSourceArn, bootstrapServers, payloadSize }
  const recordInfo = { offset: String(record.offset), timestamp: isoTime(record.timestamp ?? at.getTime()) }
  const letter = (to: Buffer | null, document: object): OutgoingRecord => ({
    topic: DEAD_LETTERS_TOPIC,
    key: to,
    value: JSON.stringify(document),
    headers: {},
  })
  const bare = {
    ...metadata,
    KafkaBatchInfo: { ...batchInfo, recordInfo: { topic, partition, ...recordInfo } },
  }
  return [
    letter(key, { ...metadata, KafkaBatchInfo: { ...batchInfo, recordInfo }, payload }),
    letter(key, bare),
    ...(key === null ? [] : [letter(null, bare)]),
  ]
}

/** A record's timestamp may be any number of 64 bits, which is more than ISO 8601 can say. */
const LAST_TIME_MS = 8.64e15

const isoTime = (ms: number): string =>
  new Date(Math.max(-LAST_TIME_MS, Math.min(ms, LAST_TIME_MS))).toISOString()
