import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { registerCompressionCodecs } from '../plugins/kafka-event-source/src/kafka/compressionCodecs.ts'
import { kafkaRecord } from '../plugins/kafka-event-source/src/kafka/fromKafkaJs.ts'
import type { LocalCluster } from '../plugins/local-services/src/localCluster.ts'
import { within } from '../shared/deadline.ts'
import { openAuthentication } from '../shared/kafka/authentication/index.ts'
import { stopIdleTimers } from '../shared/kafka/kafkaJsTimers.ts'

stopIdleTimers()
registerCompressionCodecs()

const READ_WITHIN_MS = 10_000

export class NoSuchTopicError extends Error {}

/**
 * The newest records of a topic over all its partitions, oldest first; fewer when it has not as many.
 * @throws NoSuchTopicError that names the topics there are
 * @throws Error when the brokers do not answer, or refuse the authentication
 */
export async function lastRecords(
  { brokers, authentication }: LocalCluster,
  topic: string,
  count: number,
): Promise<KafkaRecord[]> {
  const kafka = new Kafka({
    clientId: 'event',
    brokers,
    ...(await openAuthentication(authentication).options()),
    retry: { retries: 2 },
    logLevel: logLevel.NOTHING,
  })
  const groupId = `event-${randomUUID()}`
  const admin = kafka.admin()
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, allowAutoTopicCreation: false })
  try {
    await admin.connect()
    const topics = await admin.listTopics()
    if (!topics.includes(topic)) {
      const known = topics.filter((name) => !name.startsWith('__')).sort()
      throw new NoSuchTopicError(`There is no topic "${topic}"; there are: ${known.join(', ') || 'none'}.`)
    }
    const ranges = (await admin.fetchTopicOffsets(topic))
      .map(({ partition, low, high }) => ({
        partition,
        first: Math.max(Number(low), Number(high) - count),
        end: Number(high),
      }))
      .filter(({ first, end }) => first < end)
    if (ranges.length === 0) return []

    const records: KafkaRecord[] = []
    const ends = new Map(ranges.map(({ partition, end }) => [partition, end]))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const all = new Promise<void>((resolve, reject) => {
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            const { partition, messages } = batch
            const end = ends.get(partition)
            if (end === undefined) return
            const wanted = messages.filter(({ offset }) => Number(offset) < end)
            records.push(...wanted.map((message) => kafkaRecord(topic, partition, message)))
            if (Number(batch.lastOffset()) + 1 >= end) ends.delete(partition)
            if (ends.size === 0) resolve()
          },
        })
        .catch(reject)
    })
    for (const { partition, first } of ranges) consumer.seek({ topic, partition, offset: String(first) })
    await within(READ_WITHIN_MS, all, () => new Error(`Kafka gave no records within ${READ_WITHIN_MS} ms`))

    const byAge = (a: KafkaRecord, b: KafkaRecord) =>
      a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset
    return records
      .sort(byAge)
      .slice(-count)
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  } finally {
    await consumer.disconnect()
    await admin.deleteGroups([groupId]).catch(() => undefined)
    await admin.disconnect()
  }
}
