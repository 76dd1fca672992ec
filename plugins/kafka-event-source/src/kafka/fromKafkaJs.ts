import type { KafkaMessage } from 'kafkajs'
import type { KafkaRecord } from '../event/kafkaRecord.ts'
import { headersAsWritten, keepHeadersAsWritten } from './recordHeaders.ts'

keepHeadersAsWritten()

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
    headers: headersAsWritten(headers),
  }
}
