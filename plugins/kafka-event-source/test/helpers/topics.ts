import { randomUUID } from 'node:crypto'
import { type Admin, type Kafka, type Message, Partitioners, type Producer } from 'kafkajs'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { silentLog } from './log.ts'

/** A produce request of them stays below the broker's 1 MB. */
const MESSAGES_AT_ONCE = 2_000

/** Clients for what tests do on a cluster besides what they test. */
export class TestCluster {
  readonly brokers: readonly string[]
  readonly admin: Admin
  readonly producer: Producer
  readonly #kafka: Kafka

  private constructor(brokers: string) {
    this.brokers = brokers.split(',')
    this.#kafka = kafkaClient({ brokers: this.brokers, ssl: false }, 'test', silentLog)
    this.admin = this.#kafka.admin()
    this.producer = this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  }

  static async connect(brokers = process.env.KAFKA_BROKERS ?? ''): Promise<TestCluster> {
    const cluster = new TestCluster(brokers)
    await Promise.all([cluster.admin.connect(), cluster.producer.connect()])
    return cluster
  }

  async topic(partitions = 1, configEntries: { name: string; value: string }[] = []): Promise<string> {
    const topic = `t-${randomUUID().slice(0, 8)}`
    await this.createTopic(topic, partitions, configEntries)
    return topic
  }

  async createTopic(
    topic: string,
    partitions = 1,
    configEntries: { name: string; value: string }[] = [],
  ): Promise<void> {
    await this.admin.createTopics({
      topics: [{ topic, numPartitions: partitions, configEntries }],
      waitForLeaders: false,
    })
    // KafkaJS's own waiting gives up at a broker that has not heard of the topic yet.
    await waitFor(() => this.admin.fetchTopicMetadata({ topics: [topic] }), { what: `topic ${topic}` })
  }

  /** Text values to one partition, or whole messages. */
  async produce(topic: string, messages: readonly (string | Message)[], partition = 0): Promise<void> {
    for (let start = 0; start < messages.length; start += MESSAGES_AT_ONCE) {
      await this.producer.send({
        topic,
        messages: messages
          .slice(start, start + MESSAGES_AT_ONCE)
          .map((message) =>
            typeof message === 'string' ? { value: message, partition } : { partition, ...message },
          ),
      })
    }
  }

  /** The values of all records of a topic, as text. */
  async values(topic: string): Promise<string[]> {
    const ends = await this.admin.fetchTopicOffsets(topic)
    const count = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    const found: string[] = []
    const consumer = this.#kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void found.push(String(message.value)) })
    await waitFor(() => found.length >= count, { what: `${count} records of ${topic}` })
    await consumer.disconnect()
    return found
  }

  /** The group's committed offset by partition; partitions without one are absent. */
  async committed(groupId: string, topic: string): Promise<Record<number, number>> {
    const [answer] = await this.admin.fetchOffsets({ groupId, topics: [topic] })
    const offsets = (answer?.partitions ?? []).map(
      ({ partition, offset }) => [partition, Number(offset)] as const,
    )
    return Object.fromEntries(offsets.filter(([, offset]) => offset >= 0))
  }

  /** Commits as a member of a group that has none. KafkaJS's admin.setOffsets does so too, and takes 5 s. */
  async commit(groupId: string, topic: string, partition: number, offset: number): Promise<void> {
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: 50 })
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
    await joined
    await consumer.commitOffsets([{ topic, partition, offset: String(offset) }])
    await consumer.disconnect()
  }

  async waitForCommitted(groupId: string, topic: string, offsets: Record<number, number>): Promise<void> {
    await waitFor(async () => sameJson(await this.committed(groupId, topic), offsets), {
      what: `${groupId} commits ${JSON.stringify(offsets)}`,
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.producer.disconnect()])
  }
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
