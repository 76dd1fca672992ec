import type { Kafka } from 'kafkajs'
import type { OffsetRange } from './topicReader.ts'

export class NoSuchTopicError extends Error {}

/**
 * The records that each partition of a topic has now; an empty range for one without records.
 * @throws NoSuchTopicError that names the topics there are
 * @throws Error when the brokers do not answer, or refuse the authentication
 */
export async function offsetRanges(kafka: Kafka, topic: string): Promise<OffsetRange[]> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const topics = await admin.listTopics()
    if (!topics.includes(topic)) {
      const known = topics.filter((name) => !name.startsWith('__')).sort()
      throw new NoSuchTopicError(`There is no topic "${topic}"; there are: ${known.join(', ') || 'none'}.`)
    }
    const offsets = await admin.fetchTopicOffsets(topic)
    return offsets
      .map(({ partition, low, high }) => ({ topic, partition, first: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition)
  } finally {
    await admin.disconnect()
  }
}
