import type { KafkaMessage } from 'kafkajs'
import type { KafkaRecord, RecordHeader } from '../kafkaRecord.ts'

/** KafkaJS has it, its types do not. */
type FetchedMessage = KafkaMessage & { batchContext?: { timestampType?: number } }

const LOG_APPEND_TIME = 1

export function kafkaRecord(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const { offset, timestamp, key, value, headers, batchContext } = message as FetchedMessage
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    timestampType: batchContext?.timestampType === LOG_APPEND_TIME ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key,
    value,
    headers: recordHeaders(headers),
  }
}

const NO_HEADERS: readonly RecordHeader[] = []

/** KafkaJS folds repeated names into a list, so that their place among other names is lost. */
function recordHeaders(headers: KafkaMessage['headers']): readonly RecordHeader[] {
  const entries = Object.entries(headers ?? {})
  if (entries.length === 0) return NO_HEADERS
  return entries.flatMap(([name, value]) =>
    Array.isArray(value)
      ? value.map((one): RecordHeader => [name, bytes(one)])
      : [[name, bytes(value)] as RecordHeader],
  )
}

const bytes = (value: Buffer | string | null | undefined): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : (value ?? null)
