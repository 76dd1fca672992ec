import { randomUUID } from 'node:crypto'
import { type Admin, type Consumer, Kafka, logLevel } from 'kafkajs'
import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { registerCompressionCodecs } from '../plugins/kafka-event-source/src/kafka/compressionCodecs.ts'
import { kafkaRecord } from '../plugins/kafka-event-source/src/kafka/fromKafkaJs.ts'
import type { LocalCluster } from '../plugins/local-services/src/localCluster.ts'
import { openAuthentication } from '../shared/kafka/authentication/index.ts'
import { stopIdleTimers } from '../shared/kafka/kafkaJsTimers.ts'

stopIdleTimers()
registerCompressionCodecs()

/** The longest silence of Kafka while records are to come. */
const SILENCE_LIMIT_MS = 30_000

/** A program's own connections to a cluster; `name` shows in the brokers' logs and begins the names of its groups. */
export async function openKafka({ brokers, authentication }: LocalCluster, name: string): Promise<Kafka> {
  return new Kafka({
    clientId: name,
    brokers,
    ...(await openAuthentication(authentication).options()),
    retry: { retries: 2, restartOnFailure: async () => false },
    // Failures reach the caller as errors, which say the same once.
    logLevel: logLevel.NOTHING,
  })
}

/** Records of one partition from `first` up to, not including, `end`. */
export interface OffsetRange {
  topic: string
  partition: number
  first: number
  end: number
}

/** What is left of a range that is being read. */
type Rest = { next: number; readonly end: number }

type Reading = {
  readonly rests: Map<string, Rest>
  readonly visit: (record: KafkaRecord) => void
  readonly settle: (error?: Error) => void
}

/**
 * Reads ranges of topics, one call after the other, through a group of its own that commits nothing and is deleted at the
 * end. Records come as raw bytes, of any size and compression.
 */
export class TopicReader {
  readonly #admin: Admin
  readonly #consumer: Consumer
  readonly #groupId: string
  readonly #topics: readonly string[]
  #joined = false
  #reading: Reading | undefined

  /** @param name as for `openKafka` */
  constructor(kafka: Kafka, name: string, topics: readonly string[]) {
    this.#groupId = `${name}-${randomUUID()}`
    this.#topics = topics
    this.#admin = kafka.admin()
    this.#consumer = kafka.consumer({
      groupId: this.#groupId,
      maxWaitTimeInMs: 50,
      allowAutoTopicCreation: false,
    })
    const { END_BATCH_PROCESS, CRASH } = this.#consumer.events
    // Told of batches without a record to show too, such as the end of a transaction.
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) =>
      this.#reached(placeOf(payload), Number(payload.lastOffset) + 1),
    )
    this.#consumer.on(CRASH, ({ payload }) => this.#reading?.settle(payload.error))
  }

  /**
   * The records of the ranges, in offset order within each; what retention or compaction has removed is left out.
   * @param ranges at most one for each partition, of the reader's topics
   * @throws {Error} the brokers do not answer, or refuse the authentication
   */
  async read(ranges: readonly OffsetRange[], visit: (record: KafkaRecord) => void): Promise<void> {
    const wanted = ranges.filter(({ first, end }) => first < end)
    if (wanted.length === 0) return
    const rests = new Map(wanted.map((range) => [placeOf(range), { next: range.first, end: range.end }]))
    let settle: Reading['settle'] = () => {}
    const done = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error))
    })
    // The consumer may fail before it is waited for.
    done.catch(() => undefined)
    this.#reading = { rests, visit, settle }
    if (!this.#joined) await this.#join()
    for (const { topic, partition, first } of wanted) {
      this.#consumer.seek({ topic, partition, offset: String(first) })
    }
    this.#fetchOnly(rests)
    try {
      await unlessSilent(done, () => [...rests.values()].reduce((sum, { next }) => sum + next, 0))
    } finally {
      this.#reading = undefined
    }
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect()
    if (this.#joined) {
      await this.#admin.connect()
      await this.#admin.deleteGroups([this.#groupId]).catch(() => undefined)
    }
    await this.#admin.disconnect()
  }

  async #join(): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...this.#topics], fromBeginning: true })
    const running = this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { topic, partition, messages } }) => {
        const rest = this.#reading?.rests.get(placeOf({ topic, partition }))
        if (rest === undefined) return
        for (const message of messages) {
          const offset = Number(message.offset)
          // After a rebalance KafkaJS begins again at the topic's beginning.
          if (offset < rest.next || offset >= rest.end) continue
          this.#reading?.visit(kafkaRecord(topic, partition, message))
          rest.next = offset + 1
        }
      },
    })
    this.#fetchOnly(new Map())
    this.#joined = true
    await running
  }

  #reached(place: string, next: number): void {
    const rest = this.#reading?.rests.get(place)
    if (rest === undefined) return
    rest.next = Math.max(rest.next, next)
    if (rest.next < rest.end) return
    this.#reading?.rests.delete(place)
    if (this.#reading) this.#fetchOnly(this.#reading.rests)
    if (this.#reading?.rests.size === 0) this.#reading.settle()
  }

  /** KafkaJS forgets that a topic is paused as a whole when one of its partitions is. */
  #fetchOnly(rests: ReadonlyMap<string, Rest>): void {
    this.#consumer.pause(this.#topics.map((topic) => ({ topic })))
    for (const place of rests.keys()) {
      const [topic, partition] = JSON.parse(place)
      this.#consumer.resume([{ topic, partitions: [partition] }])
    }
  }
}

const placeOf = ({ topic, partition }: { topic: string; partition: number }): string =>
  JSON.stringify([topic, partition])

/** `task`, or an error when `progress` stays the same for too long. */
async function unlessSilent(task: Promise<void>, progress: () => number): Promise<void> {
  let seen = progress()
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      if (progress() === seen) reject(new Error(`Kafka gave no records within ${SILENCE_LIMIT_MS} ms`))
      seen = progress()
    }, SILENCE_LIMIT_MS)
  })
  try {
    await Promise.race([task, silence])
  } finally {
    clearInterval(timer)
  }
}
