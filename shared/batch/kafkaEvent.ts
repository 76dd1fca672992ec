import { PermanentError } from '../errors.ts'
import * as z from '../zod.ts'

/**
 * The event that Lambda makes from Kafka records, for MSK and for self-managed Kafka
 * (docs.aws.amazon.com/lambda/latest/dg/with-msk.html and with-kafka.html), as its consumer reads it.
 */
const kafkaEventSchema = z.object({
  eventSource: z.enum(['aws:kafka', 'SelfManagedKafka']),
  eventSourceArn: z.optional(z.string()),
  bootstrapServers: z.optional(z.string()),
  // The records are read one by one, so that a bad one does not refuse the others.
  records: z.record(z.string(), z.array(z.unknown())),
})

/**
 * Bytes appear as -128 to 127, as AWS sends them, and as 0 to 255. Checked at once: a million of them, each by a schema of its
 * own, would take seconds.
 */
const headerBytes = z.custom<number[]>(
  (bytes) => Array.isArray(bytes) && bytes.every(isByte),
  'must be bytes, from -128 to 255',
)

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= -128 && Number(value) <= 255

/** Only the shape: a record of 150 bytes is read three times as fast as with texts that zod checks and transforms. */
const recordSchema = z.object({
  topic: z.string().check(z.minLength(1)),
  partition: z.number().check(z.int(), z.nonnegative()),
  offset: z.number().check(z.int(), z.nonnegative()),
  timestamp: z.optional(z.number()),
  timestampType: z.optional(z.string()),
  key: z.nullish(z.string()),
  value: z.nullish(z.string()),
  headers: z.nullish(z.array(z.record(z.string(), z.nullable(headerBytes)))),
})

type RawRecord = z.infer<typeof recordSchema>

/**
 * One record: `key` and `value` as bytes or null, `headers` as name and bytes in the order they were written. `raw` is
 * the record as the event has it.
 */
export interface KafkaRecord extends Omit<RawRecord, 'key' | 'value' | 'headers'> {
  key: Buffer | null
  value: Buffer | null
  headers: [name: string, bytes: Buffer | null][]
  raw: unknown
}

/** @returns what is wrong with it, where it is not as Lambda sends records */
function readRecord(raw: unknown): KafkaRecord | { fault: string } {
  const read = recordSchema.safeParse(raw)
  if (!read.success) {
    const [issue] = read.error.issues
    return { fault: `${issue?.path.join('.') || 'the record'}: ${issue?.message}` }
  }
  const { topic, partition, offset, timestamp, timestampType, headers: all } = read.data
  const key = bytesOf(read.data.key)
  const value = bytesOf(read.data.value)
  if (key === undefined || value === undefined) {
    return { fault: `${key === undefined ? 'key' : 'value'}: must be base64` }
  }
  const headers = all ? all.flatMap(headersOf) : []
  return { topic, partition, offset, timestamp, timestampType, key, value, headers, raw }
}

/**
 * Absent, null and empty mean different things to a producer; an absent one is as good as null here.
 * @returns undefined for what is not base64
 */
function bytesOf(text: string | null | undefined): Buffer | null | undefined {
  if (text === null || text === undefined) return null
  const bytes = Buffer.from(text, 'base64')
  // Node passes over what is none, and takes the alphabet of URLs for it, too.
  const complete = text.length % 4 === 0 && bytes.length === Buffer.byteLength(text, 'base64')
  return complete && !text.includes('-') && !text.includes('_') ? bytes : undefined
}

const headersOf = (header: Record<string, number[] | null>): KafkaRecord['headers'] =>
  Object.entries(header).map(([name, bytes]) => [name, bytes && Buffer.from(bytes)])

/** A record that is not as Lambda sends records: `record` has what could be read of where it comes from. */
export interface UnreadableRecord {
  record: KafkaRecord
  reason: string
}

/** The event without its records. */
export type EventSource = Omit<z.infer<typeof kafkaEventSchema>, 'records'>

export interface KafkaEventRecords {
  source: EventSource
  /** Partition by partition as the event has them, each in offset order. */
  records: KafkaRecord[]
  unreadable: UnreadableRecord[]
}

/**
 * Takes a Lambda Kafka event apart.
 * @throws PermanentError when it is no Kafka event at all
 */
export function readKafkaEvent(event: unknown): KafkaEventRecords {
  const parsed = kafkaEventSchema.safeParse(event)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new PermanentError(
      'NotAKafkaEvent',
      `This is not an event of a Kafka event source: ${issue?.path.join('.') || 'the event'}: ${issue?.message}. ` +
        'The files in events/ show how one looks.',
    )
  }
  const { records: byPartition, ...source } = parsed.data
  const records: KafkaRecord[] = []
  const unreadable: UnreadableRecord[] = []
  for (const [topicPartition, ofPartition] of Object.entries(byPartition)) {
    for (const raw of ofPartition) {
      const record = readRecord(raw)
      if ('fault' in record) {
        unreadable.push({
          record: placeOf(topicPartition, raw),
          reason: `not as Lambda sends records: ${record.fault}`,
        })
      } else {
        records.push(record)
      }
    }
  }
  return { source, records, unreadable }
}

/** Where an unreadable record comes from; an offset that it does not name is -1, which no answer can report. */
function placeOf(topicPartition: string, raw: unknown): KafkaRecord {
  const [, topic = topicPartition, partition = '0'] = /^(.*)-(\d+)$/s.exec(topicPartition) ?? []
  const offset = recordSchema.shape.offset.safeParse((raw as { offset?: unknown } | null)?.offset).data ?? -1
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
