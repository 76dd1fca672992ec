import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import type { RecordHeader } from '../../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import {
  headersAsWritten,
  keepHeadersAsWritten,
} from '../../plugins/kafka-event-source/src/kafka/recordHeaders.ts'

keepHeadersAsWritten()

/** A record as it lies on its topic, in bytes. */
export interface RawRecord {
  topic: string
  partition: number
  offset: number
  key: Buffer | null
  value: Buffer | null
  headers: readonly RecordHeader[]
}

/** Where a record is: `orders-0@7`. */
export const placeOf = ({ topic, partition, offset }: Pick<RawRecord, 'topic' | 'partition' | 'offset'>) =>
  `${topic}-${partition}@${offset}`

/** Every record that is on the topic now. */
export async function readTopic(brokers: string, topic: string): Promise<RawRecord[]> {
  const kafka = new Kafka({ clientId: 'chaos', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect())
  const left = new Map(
    ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => [partition, Number(high)]),
  )
  if (left.size === 0) return []
  const records: RawRecord[] = []
  const consumer = kafka.consumer({ groupId: `chaos-${randomUUID()}`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message: { key, value, offset: text, headers } }) => {
          const offset = Number(text)
          const end = left.get(partition) ?? 0
          if (offset < end) {
            records.push({ topic, partition, offset, key, value, headers: headersAsWritten(headers) })
          }
          if (offset >= end - 1) left.delete(partition)
          if (left.size === 0) resolve()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return records
}
