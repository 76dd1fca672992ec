import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs'
import type { KafkaRecord, RecordHeader } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { keyPartition } from '../plugins/kafka-event-source/src/onFailure/keyPartition.ts'
import { reasonOf } from '../shared/errors.ts'
import { keyPartitioner } from '../shared/kafka/keyPartitioner.ts'
import { exactHeaders } from './exactHeaders.ts'

const { CompressionTypes, KafkaJSProtocolError } = kafkajs

/** A record that is to be written, all of its bytes as they are given. */
export interface OutgoingRecord {
  key: Buffer | null
  value: Buffer | null
  headers: readonly RecordHeader[]
}

/** The brokers refuse these records whenever they are sent; others may be taken. */
export class RefusedError extends Error {}

/** Too large together or, if it is one, alone. */
export class TooLargeError extends RefusedError {}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** Writes records to partitions of any topic. Connects when first needed. */
export class RecordWriter {
  readonly #admin: Admin
  readonly #producer: Producer
  readonly #partitionCounts = new Map<string, Promise<number>>()
  #connected: Promise<unknown> | undefined

  constructor(kafka: Kafka) {
    this.#admin = kafka.admin()
    // Not idempotent, which would refuse records after a failed one; a record that comes twice does no harm.
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      createPartitioner: keyPartitioner,
    })
  }

  /**
   * The partition that the record was in; when the topic has it no more, that of its key. Undefined: there is no such topic.
   * @throws {Error} the brokers do not answer
   */
  async partitionFor({ topic, partition, key }: KafkaRecord): Promise<number | undefined> {
    await this.#connect()
    const counting = this.#partitionCounts.get(topic) ?? this.#countPartitions(topic)
    this.#partitionCounts.set(topic, counting)
    const count = await counting
    if (count === 0) return undefined
    if (partition < count) return partition
    return key === null ? partition % count : keyPartition(key, count)
  }

  /**
   * Writes the records in their order, to all replicas or not at all, with the time of now.
   * @returns the first one's offset
   * @throws RefusedError nothing is written, and never will be
   * @throws {Error} they may be written or not
   */
  async write(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<number> {
    try {
      return await this.#send(topic, partition, records, CompressionTypes.None)
    } catch (error) {
      if (!(error instanceof TooLargeError) || records.length > 1) throw error
      // The limit is for what is sent: its first producer may have compressed it.
      return await this.#send(topic, partition, records, CompressionTypes.GZIP)
    }
  }

  async close(): Promise<void> {
    if (this.#connected === undefined) return
    await Promise.allSettled([this.#admin.disconnect(), this.#producer.disconnect()])
  }

  async #connect(): Promise<void> {
    this.#connected ??= Promise.all([this.#admin.connect(), this.#producer.connect()])
    await this.#connected
  }

  async #countPartitions(topic: string): Promise<number> {
    if (!(await this.#admin.listTopics()).includes(topic)) return 0
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length ?? 0
  }

  async #send(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
    compression: kafkajs.CompressionTypes,
  ): Promise<number> {
    await this.#connect()
    const messages = records.map(({ key, value, headers }) => ({
      key,
      value,
      headers: exactHeaders(headers),
      partition,
    }))
    let answer: kafkajs.RecordMetadata | undefined
    try {
      ;[answer] = await this.#producer.send({ topic, acks: -1, compression, messages })
    } catch (error) {
      throw explained(error, topic)
    }
    // KafkaJS sends nothing, and says nothing, when it does not know the partition yet.
    if (answer === undefined) throw new Error(`partition ${partition} of ${topic} is not known yet`)
    return Number(answer.baseOffset)
  }
}

function explained(error: unknown, topic: string): unknown {
  const cause = protocolError(error)
  if (cause === undefined || cause.retriable) return error
  if (TOO_LARGE.has(cause.type)) {
    return new TooLargeError(`it is larger than ${topic} takes (max.message.bytes)`, { cause })
  }
  return new RefusedError(`${topic} refuses it: ${reasonOf(cause)}`, { cause })
}

/** KafkaJS wraps the error of the last attempt into one about the number of retries. */
function protocolError(error: unknown): kafkajs.KafkaJSProtocolError | undefined {
  if (error instanceof KafkaJSProtocolError) return error
  return error instanceof Error ? protocolError(error.cause) : undefined
}
