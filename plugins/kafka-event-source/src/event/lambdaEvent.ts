import { type KafkaRecord, partitionName, type RecordHeader, type TimestampType } from './kafkaRecord.ts'

/** Where the records come from: with an ARN an MSK cluster, without one a self-managed one. */
export type EventSource = {
  readonly eventSourceArn?: string
  /** Comma-separated `host:port` list. */
  readonly bootstrapServers: string
}

export type LambdaKafkaRecord = {
  topic: string
  partition: number
  offset: number
  /** Epoch milliseconds. */
  timestamp: number
  timestampType: TimestampType
  /** Base64; absent when the message has no key. */
  key?: string
  /** Base64; `null` for a tombstone. */
  value: string | null
  /** One entry for each header; its bytes as numbers from -128 to 127. */
  headers: Record<string, number[]>[]
}

export type LambdaKafkaEvent = {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  eventSourceArn?: string
  bootstrapServers: string
  /** By `<topic>-<partition>`, each list in offset order. */
  records: Record<string, LambdaKafkaRecord[]>
}

/**
 * The JSON text of the event that Lambda hands to a function for these records.
 * Text, because it is the wire form: its length is what the payload limit counts, and nothing is shared with the function.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
export function lambdaEventText(records: readonly KafkaRecord[], source: EventSource): string {
  const partitions = new Map<string, { texts: string[]; recordStart: string }>()
  let list: { texts: string[]; recordStart: string } | undefined
  let previous: KafkaRecord | undefined
  for (const record of records) {
    if (list === undefined || record.partition !== previous?.partition || record.topic !== previous.topic) {
      const name = partitionName(record)
      list = partitions.get(name) ?? { texts: [], recordStart: recordStart(record) }
      partitions.set(name, list)
    }
    list.texts.push(list.recordStart + recordEnd(record))
    previous = record
  }
  const lists = [...partitions].map(([name, { texts }]) => `${JSON.stringify(name)}:[${texts.join(',')}]`)
  return `${envelopeText(source)}${lists.join(',')}}}`
}

/** The same event as an object, for tools and tests. */
export function lambdaEvent(records: readonly KafkaRecord[], source: EventSource): LambdaKafkaEvent {
  return JSON.parse(lambdaEventText(records, source))
}

/** Bytes of an event without records. `envelopeBytes` + `partitionBytes` of each partition + `recordBytes` of each record = the UTF-8 length of `lambdaEventText`. */
export const envelopeBytes = (source: EventSource): number =>
  Buffer.byteLength(envelopeText(source)) + '}}'.length - 1

/** Bytes that the first record of a partition adds on top of its own. */
export const partitionBytes = (record: { topic: string; partition: number }): number =>
  Buffer.byteLength(JSON.stringify(partitionName(record))) + ':[]'.length

/** Bytes of one record in the event, with the comma that parts it from the next. */
export function recordBytes(record: KafkaRecord): number {
  let bytes =
    FIXED_RECORD_BYTES +
    topicBytes(record.topic) +
    digits(record.partition) +
    digits(record.offset) +
    digits(record.timestamp) +
    record.timestampType.length +
    (record.value === null ? 'null'.length : base64Length(record.value) + 2)
  if (record.key !== null) bytes += ',"key":""'.length + base64Length(record.key)
  for (const [name, value] of record.headers) {
    bytes += Buffer.byteLength(JSON.stringify(name)) + '{:[]}'.length + 1
    if (value !== null) for (const byte of value) bytes += (signedTexts[byte] as string).length + 1
    if (value !== null && value.length > 0) bytes -= 1
  }
  return record.headers.length > 0 ? bytes - 1 : bytes
}

const FIXED_RECORD_BYTES =
  '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"","value":,"headers":[]},'.length

/** Records come in long rows of one topic, and each of them is measured. */
let measured = { topic: '', bytes: 2 }

function topicBytes(topic: string): number {
  if (measured.topic !== topic) measured = { topic, bytes: Buffer.byteLength(JSON.stringify(topic)) }
  return measured.bytes
}

/** Characters of an integer from -1 up, without making its text. */
function digits(integer: number): number {
  if (integer < 0) return String(integer).length
  let count = 1
  for (let limit = 10; integer >= limit; limit *= 10) count += 1
  return count
}

/** Lambda writes header bytes as Java does: signed. */
const signedTexts = Array.from({ length: 256 }, (_, byte) => String(byte < 128 ? byte : byte - 256))

const base64Length = (bytes: Buffer): number => 4 * Math.ceil(bytes.length / 3)

function envelopeText({ eventSourceArn, bootstrapServers }: EventSource): string {
  const origin =
    eventSourceArn === undefined
      ? '"eventSource":"SelfManagedKafka"'
      : `"eventSource":"aws:kafka","eventSourceArn":${JSON.stringify(eventSourceArn)}`
  return `{${origin},"bootstrapServers":${JSON.stringify(bootstrapServers)},"records":{`
}

/** The same for all records of a partition. */
const recordStart = ({ topic, partition }: KafkaRecord): string =>
  `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`

function recordEnd({ offset, timestamp, timestampType, key, value, headers }: KafkaRecord): string {
  const keyText = key === null ? '' : `,"key":"${key.toString('base64')}"`
  const valueText = value === null ? 'null' : `"${value.toString('base64')}"`
  const headersText = headers.length === 0 ? '' : headers.map(headerText).join(',')
  return `${offset},"timestamp":${timestamp},"timestampType":"${timestampType}"${keyText},"value":${valueText},"headers":[${headersText}]}`
}

function headerText([name, value]: RecordHeader): string {
  const bytes = value === null ? '' : Array.from(value, (byte) => signedTexts[byte]).join(',')
  return `{${JSON.stringify(name)}:[${bytes}]}`
}
