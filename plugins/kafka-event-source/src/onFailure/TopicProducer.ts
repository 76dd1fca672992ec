import { type Admin, type Kafka, Partitioners, type Producer } from 'kafkajs'
import type { ProduceRequest, TopicPartition } from './produceRequests.ts'

type TopicProducerOptions = {
  readonly kafka: Kafka
  readonly topic: string
  /** The longest time that a request may take, connecting included. */
  readonly timeoutMs?: number
}

type Clients = { readonly admin: Admin; readonly producer: Producer; readonly connected: Promise<unknown> }

const REQUEST_LIMIT_MS = 30_000
const CLOSE_LIMIT_MS = 5_000

const TOO_LARGE = new Set<unknown>(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** Writes to one topic. Connects when first needed, and anew after whatever went wrong. */
export class TopicProducer {
  readonly #kafka: Kafka
  readonly #topic: string
  readonly #timeoutMs: number
  #clients: Clients | undefined

  constructor({ kafka, topic, timeoutMs = REQUEST_LIMIT_MS }: TopicProducerOptions) {
    this.#kafka = kafka
    this.#topic = topic
    this.#timeoutMs = timeoutMs
  }

  /**
   * As the cluster has them now, in the order of their numbers.
   * @throws {Error} the topic does not exist, or the cluster does not answer
   */
  async partitions(): Promise<TopicPartition[]> {
    const { topics } = await this.#use(({ admin }) => admin.fetchTopicMetadata({ topics: [this.#topic] }))
    return (topics[0]?.partitions ?? [])
      .map(({ partitionId, leader }) => ({ partition: partitionId, hasLeader: leader >= 0 }))
      .sort((a, b) => a.partition - b.partition)
  }

  /**
   * True when all replicas have it; false when it is too large for the topic, and then nothing of it is written.
   * @throws {Error} it may be written or not
   */
  async write({ partition, letters }: ProduceRequest): Promise<boolean> {
    return await this.#use(async ({ producer }) => {
      try {
        const answers = await producer.send({
          topic: this.#topic,
          acks: -1,
          timeout: this.#timeoutMs,
          messages: letters.map(({ key, value }) => ({ key, value, partition })),
        })
        // KafkaJS sends nothing, and says nothing, when it does not know the partition yet.
        if (answers.length === 0) throw new Error(`partition ${partition} is not known yet`)
        return true
      } catch (error) {
        if (TOO_LARGE.has((error as { type?: unknown }).type)) return false
        throw error
      }
    })
  }

  async close(): Promise<void> {
    const clients = this.#clients
    this.#clients = undefined
    if (clients !== undefined) await within(disconnect(clients), CLOSE_LIMIT_MS).catch(() => {})
  }

  async #use<T>(task: (clients: Clients) => Promise<T>): Promise<T> {
    this.#clients ??= this.#connect()
    const clients = this.#clients
    const using = clients.connected.then(() => task(clients))
    // KafkaJS goes on with its retries after the time is up, or after a disconnect, and reconnects for them.
    using.then(noop, noop).then(() => {
      if (clients !== this.#clients) void disconnect(clients)
    })
    try {
      return await within(using, this.#timeoutMs)
    } catch (error) {
      if (clients === this.#clients) {
        this.#clients = undefined
        void disconnect(clients)
      }
      throw this.#explained(error as Error)
    }
  }

  #connect(): Clients {
    const admin = this.#kafka.admin()
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      // Every message names its partition; KafkaJS would warn if this were not said.
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    const connecting = [admin.connect(), producer.connect()]
    // Over only when both are: one that still connects could not be disconnected.
    const connected = Promise.allSettled(connecting).then(() => Promise.all(connecting))
    return { admin, producer, connected }
  }

  #explained(cause: Error): Error {
    const missing = (cause as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION'
    return new Error(
      missing ? `topic ${this.#topic} does not exist; create it` : `topic ${this.#topic}: ${cause.message}`,
      { cause },
    )
  }
}

const noop = () => {}

/** A client that is cut off already cannot say goodbye. */
const disconnect = async ({ admin, producer }: Clients): Promise<void> => {
  await Promise.allSettled([admin.disconnect(), producer.disconnect()])
}

async function within<T>(task: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from Kafka within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([task, limit])
  } finally {
    clearTimeout(timer)
  }
}
