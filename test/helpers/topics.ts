import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import kafkajs, { Kafka, logLevel, Partitioners } from 'kafkajs'
import { stopIdleTimers } from '../../shared/kafka/kafkaJsTimers.ts'

stopIdleTimers()

// Node does not see it as a named export of the CommonJS package.
const { KafkaJSProtocolError } = kafkajs

/** The longest that a partition is without a leader that all brokers know, in milliseconds. */
const LEADERLESS_MS = 20_000

/** A record as it is on a topic. */
export interface TopicRecord {
  partition: number
  offset: number
  key: string | null
  value: string | null
  headers: Record<string, string>
}

/** What tests do on a Kafka besides what they test. */
export interface TestKafka {
  createTopic(topic: string, partitions?: number): Promise<void>
  /** Writes as kafka-go does by default: no key, no headers. */
  produce(topic: string, values: (string | Buffer | null)[]): Promise<void>
  /** Every record that is on the topic now. */
  read(topic: string): Promise<TopicRecord[]>
  /** Records on the topic now, from the offsets alone. */
  count(topic: string): Promise<number>
  topics(): Promise<string[]>
  close(): Promise<void>
}

export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`

export function testKafka(brokers: string): TestKafka {
  const kafka = new Kafka({ clientId: 'test', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  let connecting: Promise<unknown> | undefined
  const connected = () => {
    connecting ??= Promise.all([admin.connect(), producer.connect()])
    return connecting
  }

  const ends = async (topic: string) => {
    await connected()
    const until = Date.now() + LEADERLESS_MS
    for (;;) {
      try {
        return await admin.fetchTopicOffsets(topic)
      } catch (error) {
        // A leader is being elected.
        if (!(error instanceof KafkaJSProtocolError && error.retriable) || Date.now() > until) throw error
        await pause(100)
      }
    }
  }

  return {
    async createTopic(topic, partitions = 3) {
      await connected()
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
    },
    async produce(topic, values) {
      await connected()
      await producer.send({ topic, messages: values.map((value) => ({ value })) })
    },
    async count(topic) {
      const offsets = await ends(topic)
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    },
    async read(topic) {
      const left = new Map(
        (await ends(topic))
          .filter(({ high, low }) => high !== low)
          .map(({ partition, high }) => [partition, Number(high)]),
      )
      if (left.size === 0) return []
      const records: TopicRecord[] = []
      const consumer = kafka.consumer({ groupId: uniqueName('test-reader'), maxWaitTimeInMs: 50 })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer
          .run({
            autoCommit: false,
            eachMessage: async ({ partition, message }) => {
              const end = left.get(partition) ?? 0
              const offset = Number(message.offset)
              if (offset < end) {
                records.push({
                  partition,
                  offset,
                  key: message.key?.toString() ?? null,
                  value: message.value?.toString() ?? null,
                  headers: Object.fromEntries(
                    Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
                  ),
                })
              }
              if (offset >= end - 1) left.delete(partition)
              if (left.size === 0) resolve()
            },
          })
          .catch(reject)
      })
      await consumer.disconnect()
      return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    },
    async topics() {
      await connected()
      return admin.listTopics()
    },
    async close() {
      if (connecting) await Promise.all([admin.disconnect(), producer.disconnect()])
    },
  }
}
