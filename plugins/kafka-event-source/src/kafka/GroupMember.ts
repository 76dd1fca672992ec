import kafkajs, {
  type Admin,
  type Batch,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type TopicPartitionOffsetAndMetadata,
} from 'kafkajs'
import type { KafkaRecord } from '../kafkaRecord.ts'
import { kafkaRecord } from './fromKafkaJs.ts'
import type { PartitionOffset } from './groupOffsets.ts'

type TopicPartitions = { topic: string; partitions: number[] }

export type GroupMemberEvents = {
  /** After each rebalance, before anything of it is fetched. */
  assigned(partitions: readonly number[]): void
  /** In offset order; `nextOffset` is past whatever is never delivered. May carry no records. */
  fetched(partition: number, records: readonly KafkaRecord[], nextOffset: number): void
}

type GroupMemberOptions = {
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly events: GroupMemberEvents
}

/** A member that died holds up the next join for the rebalance timeout, not for the session's. */
const REBALANCE_TIMEOUT_MS = 1_500
const HEARTBEAT_INTERVAL_MS = 500
const SESSION_TIMEOUT_MS = 30_000
/** KafkaJS sleeps as long when all partitions are paused, and a stop waits for it. */
const FETCH_WAIT_MS = 100
/** Partitions that are added while running are noticed after so long. */
const METADATA_AGE_MS = 5_000
/** A fetch loop that has not begun a fetch for so long hangs: KafkaJS's requests give up after 30 s. */
const SILENCE_LIMIT_MS = 60_000

/** One membership in the consumer group, from joining to leaving or its crash: a KafkaJS consumer that only fetches and commits. */
export class GroupMember {
  readonly #options: GroupMemberOptions
  readonly #consumer: Consumer
  readonly #ended = Promise.withResolvers<Error | undefined>()
  #commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  #lastFetch = Date.now()
  #watch: NodeJS.Timeout | undefined

  constructor(options: GroupMemberOptions) {
    this.#options = options
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      sessionTimeout: SESSION_TIMEOUT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: METADATA_AGE_MS,
      readUncommitted: false,
      allowAutoTopicCreation: false,
    })
  }

  /** Settles when the membership is over: with the error that ended it, or `undefined` after `leave`. */
  get ended(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  /** @throws {Error} no connection, or the topic went away */
  async join(): Promise<void> {
    const { topic, events } = this.#options
    const { GROUP_JOIN, CRASH, FETCH_START, END_BATCH_PROCESS } = this.#consumer.events

    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      const partitions = payload.memberAssignment[topic] ?? []
      // KafkaJS keeps partitions paused over a rebalance.
      this.resume(partitions)
      events.assigned(partitions)
    })
    this.#consumer.on(CRASH, ({ payload }) => this.#end(payload.error))
    this.#consumer.on(FETCH_START, () => {
      this.#lastFetch = Date.now()
    })
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      // Nothing but control or aborted records: KafkaJS keeps such a batch from eachBatch.
      if (payload.batchSize === 0) events.fetched(payload.partition, [], Number(payload.lastOffset) + 1)
    })

    await this.#consumer.connect()
    await this.#consumer.subscribe({ topic, fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, commitOffsetsIfNecessary, isStale }) => {
        this.#commitNow = commitOffsetsIfNecessary
        if (!isStale()) this.#fetched(batch)
      },
    })
    this.#watch = setInterval(() => {
      if (Date.now() - this.#lastFetch > SILENCE_LIMIT_MS)
        this.#end(new Error('its fetches do not come back'))
    }, SILENCE_LIMIT_MS / 4)
  }

  pause(partitions: readonly number[]): void {
    this.#whileMember(partitions, (topicPartitions) => this.#consumer.pause(topicPartitions))
  }

  resume(partitions: readonly number[]): void {
    this.#whileMember(partitions, (topicPartitions) => this.#consumer.resume(topicPartitions))
  }

  /** Fetches go on from these offsets. */
  seek(offsets: readonly PartitionOffset[]): void {
    for (const { partition, offset } of offsets) {
      this.#whileMember([partition], ([{ topic }]) =>
        this.#consumer.seek({ topic, partition, offset: String(offset) }),
      )
    }
  }

  /**
   * One attempt where possible: KafkaJS's own retries could reach into the next generation of the group.
   * @throws {Error} the offsets are not committed
   */
  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const { topic } = this.#options
    const partitions = offsets.map(({ partition, offset }) => ({ partition, offset: String(offset) }))
    if (this.#commitNow !== undefined) await this.#commitNow({ topics: [{ topic, partitions }] })
    else await this.#commitBeforeFirstFetch(partitions.map((one) => ({ topic, ...one })))
  }

  /** KafkaJS does nothing, and says nothing, when it is not running yet or no more. */
  async #commitBeforeFirstFetch(offsets: TopicPartitionOffsetAndMetadata[]): Promise<void> {
    let committed = false
    const forget = this.#consumer.on(this.#consumer.events.COMMIT_OFFSETS, () => {
      committed = true
    })
    await this.#consumer.commitOffsets(offsets)
    forget()
    if (!committed) throw new Error('not a member of the group')
  }

  /**
   * Leaves the group, so that the next member need not wait for this one to be given up. False when that could not be
   * said: the broker is away, and gives the member up by itself.
   */
  async leave(): Promise<boolean> {
    clearInterval(this.#watch)
    const left = await this.#consumer.disconnect().then(
      () => true,
      () => false,
    )
    this.#ended.resolve(undefined)
    return left
  }

  #end(error: Error): void {
    clearInterval(this.#watch)
    this.#ended.resolve(error)
  }

  /** KafkaJS throws before it joins and after a crash. Nothing is fetched then, and the next join begins anew. */
  #whileMember(partitions: readonly number[], action: (partitions: [TopicPartitions]) => void): void {
    if (partitions.length === 0) return
    try {
      action([{ topic: this.#options.topic, partitions: [...partitions] }])
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error
    }
  }

  #fetched(batch: Batch): void {
    const { topic, events } = this.#options
    const records = batch.messages.map((message) => kafkaRecord(topic, batch.partition, message))
    events.fetched(batch.partition, records, Number(batch.lastOffset()) + 1)
  }
}

/** Runs `task` with an admin client of its own. */
export async function withAdmin<T>(kafka: Kafka, task: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    return await task(admin)
  } finally {
    await admin.disconnect()
  }
}
