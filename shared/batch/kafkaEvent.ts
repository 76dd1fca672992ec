import { PermanentError } from '../errors.ts'

/**
 * The event that Lambda makes from Kafka records, for MSK and for self-managed Kafka
 * (docs.aws.amazon.com/lambda/latest/dg/with-msk.html and with-kafka.html), without its records.
 */
export interface EventSource {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  eventSourceArn?: string | undefined
  bootstrapServers?: string | undefined
}

/**
 * One record: `key` and `value` as bytes or null, `headers` as name and bytes in the order they were written. `raw` is
 * the record as the event has it.
 */
export interface KafkaRecord {
  topic: string
  partition: number
  offset: number
  timestamp?: number | undefined
  timestampType?: string | undefined
  key: Buffer | null
  value: Buffer | null
  headers: [name: string, bytes: Buffer | null][]
  raw: unknown
}

/** A record that is not as Lambda sends records: `record` has what could be read of where it comes from. */
export interface UnreadableRecord {
  record: KafkaRecord
  reason: string
}

export interface KafkaEventRecords {
  source: EventSource
  /** Partition by partition as the event has them, each in offset order. */
  records: KafkaRecord[]
  unreadable: UnreadableRecord[]
}

/**
 * Takes a Lambda Kafka event apart. The records are read one by one, so that a bad one does not refuse the others.
 * @throws PermanentError when it is no Kafka event at all
 */
export function readKafkaEvent(event: unknown): KafkaEventRecords {
  const { source, byPartition } = readEnvelope(event)
  const records: KafkaRecord[] = []
  const unreadable: UnreadableRecord[] = []
  for (const [topicPartition, ofPartition] of byPartition) {
    for (const raw of ofPartition) {
      const record = readRecord(raw)
      if ('fault' in record) {
        const reason = `not as Lambda sends records: ${record.fault}`
        unreadable.push({ record: placeOf(topicPartition, raw), reason })
      } else {
        records.push(record)
      }
    }
  }
  return { source, records, unreadable }
}

function readEnvelope(event: unknown): { source: EventSource; byPartition: [string, unknown[]][] } {
  if (!isObject(event)) throw notAKafkaEvent('it must be an object')
  const { eventSource, eventSourceArn, bootstrapServers, records } = event
  if (eventSource !== 'aws:kafka' && eventSource !== 'SelfManagedKafka') {
    throw notAKafkaEvent('eventSource: must be "aws:kafka" or "SelfManagedKafka"')
  }
  if (!isTextOrAbsent(eventSourceArn)) throw notAKafkaEvent('eventSourceArn: must be text')
  if (!isTextOrAbsent(bootstrapServers)) throw notAKafkaEvent('bootstrapServers: must be text')
  const byPartition = isObject(records) ? Object.entries(records) : undefined
  if (!byPartition?.every((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))) {
    throw notAKafkaEvent('records: must be an object of arrays')
  }
  return { source: { eventSource, eventSourceArn, bootstrapServers }, byPartition }
}

const notAKafkaEvent = (fault: string): PermanentError =>
  new PermanentError(
    'NotAKafkaEvent',
    `This is not an event of a Kafka event source: ${fault}. The files in events/ show how one looks.`,
  )

/**
 * Checked by hand: a schema takes longer than all the rest of reading a record, and one for each byte of a header takes seconds
 * for a million of them.
 * @returns what is wrong with it, where it is not as Lambda sends records
 */
function readRecord(raw: unknown): KafkaRecord | { fault: string } {
  if (!isObject(raw)) return { fault: 'it must be an object' }
  const { topic, partition, offset, timestamp, timestampType } = raw
  if (typeof topic !== 'string' || topic === '') return { fault: 'topic: must be text, and not empty' }
  if (!isCount(partition)) return { fault: 'partition: must be a whole number, 0 at least' }
  if (!isCount(offset)) return { fault: 'offset: must be a whole number, 0 at least' }
  if (timestamp !== undefined && !isNumber(timestamp)) return { fault: 'timestamp: must be a number' }
  if (!isTextOrAbsent(timestampType)) return { fault: 'timestampType: must be text' }
  const key = readBytes(raw.key)
  if (key === undefined) return { fault: 'key: must be base64' }
  const value = readBytes(raw.value)
  if (value === undefined) return { fault: 'value: must be base64' }
  const headers = readHeaders(raw.headers)
  if (headers === undefined) return { fault: 'headers: must be names with their bytes, from -128 to 255' }
  return { topic, partition, offset, timestamp, timestampType, key, value, headers, raw }
}

/**
 * Absent, null and empty mean different things to a producer; an absent one is as good as null here.
 * @returns undefined for what is not base64
 */
function readBytes(text: unknown): Buffer | null | undefined {
  if (text === null || text === undefined) return null
  if (typeof text !== 'string') return undefined
  const bytes = Buffer.from(text, 'base64')
  // Node passes over what is none, and takes the alphabet of URLs for it, too.
  const complete = text.length % 4 === 0 && bytes.length === Buffer.byteLength(text, 'base64')
  return complete && !text.includes('-') && !text.includes('_') ? bytes : undefined
}

/** @returns undefined for what are no headers */
function readHeaders(all: unknown): KafkaRecord['headers'] | undefined {
  if (all === null || all === undefined) return []
  if (!Array.isArray(all)) return undefined
  const headers: KafkaRecord['headers'] = []
  for (const header of all) {
    if (!isObject(header)) return undefined
    for (const [name, bytes] of Object.entries(header)) {
      if (bytes !== null && !areBytes(bytes)) return undefined
      headers.push([name, bytes && Buffer.from(bytes)])
    }
  }
  return headers
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTextOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** They appear as -128 to 127, as AWS sends them, and as 0 to 255. */
const areBytes = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((byte) => Number.isInteger(byte) && Number(byte) >= -128 && Number(byte) <= 255)

/** Where an unreadable record comes from; an offset that it does not name is -1, which no answer can report. */
function placeOf(topicPartition: string, raw: unknown): KafkaRecord {
  const [, topic = topicPartition, partition = '0'] = /^(.*)-(\d+)$/s.exec(topicPartition) ?? []
  const offset = isObject(raw) && isCount(raw.offset) ? raw.offset : -1
  return { topic, partition: Number(partition), offset, key: null, value: null, headers: [], raw }
}

/** How a function names a record that is to be sent again. */
export interface BatchItemFailure {
  itemIdentifier: { partition: string; offset: number }
}

/**
 * The answer of a function whose mapping has `ReportBatchItemFailures`; an empty list means that all is done
 * (docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html).
 */
export interface BatchAnswer {
  batchItemFailures: BatchItemFailure[]
}

export function itemFailure({ topic, partition, offset }: KafkaRecord): BatchItemFailure {
  return { itemIdentifier: { partition: `${topic}-${partition}`, offset } }
}

/** The text of a record's header, the last one where it is repeated; undefined where there is none. */
export function headerText({ headers }: KafkaRecord, name: string): string | undefined {
  return headers.findLast(([key]) => key === name)?.[1]?.toString('utf8')
}
