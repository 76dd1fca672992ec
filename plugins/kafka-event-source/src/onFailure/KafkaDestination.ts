import type { Kafka } from 'kafkajs'
import type { KafkaRecord } from '../event/kafkaRecord.ts'
import { describeRecords } from '../polling/describeRecords.ts'
import type { Log } from '../serverless/serverless.ts'
import type { FailedBatch, OnFailureDestination } from './failedBatch.ts'
import { type FailureContext, recordDocument, withoutPayload } from './failureDocument.ts'
import { choosePartitions, type DeadLetter, type ProduceRequest, produceRequests } from './produceRequests.ts'
import { TopicProducer } from './TopicProducer.ts'

type KafkaDestinationOptions = {
  /** Begins every line in the terminal. */
  readonly name: string
  readonly kafka: Kafka
  readonly topic: string
  readonly context: FailureContext
  readonly log: Log
  readonly timeoutMs?: number
}

/** Below the 1,048,588 bytes that brokers and topics take by default. */
const REQUEST_BYTES = 1_000_000

/**
 * A topic of the mapping's own cluster: one document for each failed record, under the record's key.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 */
export class KafkaDestination implements OnFailureDestination {
  readonly label: string
  readonly #options: KafkaDestinationOptions
  readonly #producer: TopicProducer
  /** What is written of batches that were not sent to their end, so that the next attempt goes on from there. */
  readonly #written = new WeakSet<KafkaRecord>()
  #keyless = 0

  constructor(options: KafkaDestinationOptions) {
    this.label = `topic ${options.topic}`
    this.#options = options
    this.#producer = new TopicProducer(options)
  }

  async send(failed: FailedBatch): Promise<void> {
    const partitions = await this.#producer.partitions()

    const { context } = this.#options
    const at = new Date()
    const letters = failed.records
      .filter((record) => !this.#written.has(record))
      .map((record) => ({
        record,
        key: record.key,
        value: JSON.stringify(recordDocument(record, failed, context, at)),
      }))
    const chosen = choosePartitions(letters, partitions, this.#keyless)
    this.#keyless += letters.filter(({ key }) => key === null).length

    for (const request of produceRequests(chosen, REQUEST_BYTES)) await this.#write(request)
  }

  close(): Promise<void> {
    return this.#producer.close()
  }

  /** What the topic refuses for its size is halved, until the letter that is too large is alone. */
  async #write(request: ProduceRequest): Promise<void> {
    const { partition, letters } = request
    const [letter] = letters
    if (await this.#producer.write(request)) {
      for (const { record } of letters) this.#written.add(record)
    } else if (letters.length === 1 && letter !== undefined) {
      await this.#writeBare(letter, partition)
      this.#written.add(letter.record)
    } else {
      const half = Math.ceil(letters.length / 2)
      await this.#write({ partition, letters: letters.slice(0, half) })
      await this.#write({ partition, letters: letters.slice(half) })
    }
  }

  /** Without its payload; when that is still too large, without its key too, so that it holds up nothing. */
  async #writeBare({ record, key, value }: DeadLetter, partition: number): Promise<void> {
    const { name, topic, log } = this.#options
    const bare = JSON.stringify(withoutPayload(JSON.parse(value), record))
    const write = (key: Buffer | null) =>
      this.#producer.write({ partition, letters: [{ record, key, value: bare }] })
    const say = (missing: string) =>
      log.warning(
        `${name}: ${describeRecords([record])} is in topic ${topic} without ${missing}: with it, it is larger than the topic takes (max.message.bytes)`,
      )

    if (await write(key)) say('its payload')
    else if (key !== null && (await write(null))) say('its payload and its key')
    else
      throw new Error(
        `topic ${topic} takes not even ${Buffer.byteLength(bare)} bytes; raise its max.message.bytes`,
      )
  }
}
