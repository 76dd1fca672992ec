import kafkajs, { type Kafka } from 'kafkajs'
import { exactHeaders } from '../../dead-letters/exactHeaders.ts'
import { offsetRanges } from '../../events/offsetRanges.ts'
import { openKafka, TopicReader } from '../../events/topicReader.ts'
import type { KafkaRecord } from '../../plugins/kafka-event-source/src/event/kafkaRecord.ts'

type Written = Pick<KafkaRecord, 'partition' | 'key' | 'value' | 'headers'>

/** Reads and writes records with all of their bytes. */
export interface RawTopics {
  readonly kafka: Kafka
  createTopic(topic: string, partitions: number, config?: Record<string, string>): Promise<void>
  deleteTopic(topic: string): Promise<void>
  /** @returns the records as they lie there now */
  write(
    topic: string,
    records: Partial<Written>[],
    compression?: kafkajs.CompressionTypes,
  ): Promise<KafkaRecord[]>
  /** All that lies there, partition by partition. */
  read(topic: string): Promise<KafkaRecord[]>
  /** Removes the records of a partition below the offset, as retention does. */
  removeBefore(topic: string, partition: number, offset: number): Promise<void>
  close(): Promise<void>
}

export async function rawTopics(brokers: string): Promise<RawTopics> {
  const cluster = { brokers: brokers.split(','), authentication: { method: 'none' as const } }
  const kafka = await openKafka(cluster, 'test')
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await Promise.all([admin.connect(), producer.connect()])

  const read = async (topic: string) => {
    const reader = new TopicReader(kafka, 'test', [topic])
    const records: KafkaRecord[] = []
    try {
      await reader.read(await offsetRanges(kafka, topic), (record) => records.push(record))
    } finally {
      await reader.close()
    }
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  return {
    kafka,
    async createTopic(topic, partitions, config = {}) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
      await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        waitForLeaders: true,
      })
    },
    async deleteTopic(topic) {
      await admin.deleteTopics({ topics: [topic] })
    },
    async write(topic, records, compression = kafkajs.CompressionTypes.None) {
      const messages = records.map(({ partition = 0, key = null, value = null, headers = [] }) => ({
        ...{ partition, key, value },
        headers: exactHeaders(headers),
      }))
      await producer.send({ topic, messages, compression })
      return read(topic)
    },
    read,
    async removeBefore(topic, partition, offset) {
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
    },
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect()])
    },
  }
}
