import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, {
  type Admin,
  type Batch,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type PartitionAssigner,
  type TopicPartitionOffsetAndMetadata,
} from 'kafkajs'
import { deferred } from '../deferred.ts'
import type { KafkaRecord } from '../event/kafkaRecord.ts'
import { kafkaRecord } from './fromKafkaJs.ts'
import type { PartitionOffset } from './groupOffsets.ts'
import { waitForSlowMembers } from './joinPatience.ts'
import { commitToMovedCoordinator } from './movedCoordinator.ts'
import { commitNoDefaultOffset } from './offsetOutOfRange.ts'
import { partitionAssigners } from './partitionAssigners.ts'

waitForSlowMembers()
commitNoDefaultOffset()
commitToMovedCoordinator()

type TopicPartitions = { topic: string; partitions: number[] }

export type GroupMemberEvents = {
  /** After each rebalance, before anything of it is fetched. */
  assigned(partitions: readonly number[]): void
  /** In offset order; `nextOffset` is past whatever is never delivered. May carry no records. */
  fetched(partition: number, records: readonly KafkaRecord[], nextOffset: number): void
  /** The group has let nobody in for a while: it waits for a member that is slow, or died. */
  heldUp(): void
}

type GroupMemberOptions = {
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly events: GroupMemberEvents
  readonly timing?: MembershipTiming
  /** Milliseconds that commits may fail one after another before the membership ends. */
  readonly commitPatienceMs?: number
}

/** In milliseconds, as Kafka's settings of these names. */
export type MembershipTiming = {
  readonly sessionTimeout: number
  readonly rebalanceTimeout: number
  readonly heartbeatInterval: number
}

/**
 * A member that died holds up the next join for the rebalance timeout, not for the session's; when a foreign member
 * has a longer one, until the session is over. 6,000 is the shortest session that brokers grant by default.
 */
const TIMING: MembershipTiming = { sessionTimeout: 30_000, rebalanceTimeout: 1_500, heartbeatInterval: 500 }
/** Whoever shares a group with slow members wants to know what is waited for. */
const JOIN_PATIENCE_MS = 5_000
/** KafkaJS sleeps as long when all partitions are paused, and a stop waits for it. */
const FETCH_WAIT_MS = 100
/** Partitions that are added while running are noticed after so long. */
const METADATA_AGE_MS = 5_000
/** As long as a session: what is done and not committed is done again when the partition goes to another member. */
const COMMIT_PATIENCE_MS = 30_000
/** A commit takes milliseconds, and waits 5 s at the broker for its copies. */
const COMMIT_LIMIT_MS = 10_000
/** A fetch loop that has not begun a fetch for so long hangs: KafkaJS's requests give up after 30 s. */
const SILENCE_LIMIT_MS = 60_000

/** One membership in the consumer group, from joining to leaving or its crash: a KafkaJS consumer that only fetches and commits. */
export class GroupMember {
  readonly #options: GroupMemberOptions
  readonly #consumer: Consumer
  readonly #ended = deferred<Error | undefined>()
  #commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  /** Where the next fetch of a partition begins, as far as that was decided here. */
  readonly #nextFetch = new Map<number, number>()
  #lastFetch = Date.now()
  /** When the first of the commits that failed in a row began. */
  #uncommittedSince: number | undefined
  #joining = false
  #patience: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined

  constructor(options: GroupMemberOptions) {
    this.#options = options
    this.#consumer = options.kafka.consumer({
      ...(options.timing ?? TIMING),
      groupId: options.groupId,
      partitionAssigners: partitionAssigners.map((assigner) => this.#noticingJoins(assigner)),
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
      this.#joined()
      this.#nextFetch.clear()
      const partitions = payload.memberAssignment[topic] ?? []
      // KafkaJS keeps partitions paused over a rebalance.
      this.resume(partitions)
      events.assigned(partitions)
    })
    this.#consumer.on(CRASH, ({ payload }) => this.#end(payload.error))
    // Also without a join: KafkaJS goes on in the membership it has when the coordinator did not take the join.
    this.#consumer.on(FETCH_START, () => this.#joined())
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
        if (!isStale()) await this.#fetched(batch)
      },
    })
    this.#watch = setInterval(() => {
      if (!this.#joining && Date.now() - this.#lastFetch > SILENCE_LIMIT_MS)
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
      this.#nextFetch.set(partition, offset)
      this.#whileMember([partition], ([{ topic }]) =>
        this.#consumer.seek({ topic, partition, offset: String(offset) }),
      )
    }
  }

  /**
   * One attempt where possible: KafkaJS's own retries could reach into the next generation of the group. A membership whose
   * commits fail for long ends: whatever keeps them from Kafka, the next one begins with other connections.
   * @throws {Error} the offsets are not committed
   */
  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const patience = this.#options.commitPatienceMs ?? COMMIT_PATIENCE_MS
    const begunAt = Date.now()
    try {
      await withinLimit(this.#commit(offsets), Math.min(COMMIT_LIMIT_MS, patience))
      this.#uncommittedSince = undefined
    } catch (error) {
      this.#uncommittedSince ??= begunAt
      const failingMs = Date.now() - this.#uncommittedSince
      if (failingMs >= patience)
        this.#end(
          new Error(
            `Kafka has not taken its offsets for ${Math.round(failingMs / 1_000)} s (${(error as Error).message})`,
          ),
        )
      throw error
    }
  }

  async #commit(offsets: readonly PartitionOffset[]): Promise<void> {
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
    this.#stopWatching()
    const left = await this.#consumer.disconnect().then(
      () => true,
      () => false,
    )
    this.#ended.resolve(undefined)
    return left
  }

  #end(error: Error): void {
    this.#stopWatching()
    this.#ended.resolve(error)
  }

  #stopWatching(): void {
    clearInterval(this.#watch)
    clearTimeout(this.#patience)
  }

  /** KafkaJS does not say when it begins to join, but asks its assigners then. */
  #noticingJoins(create: PartitionAssigner): PartitionAssigner {
    return (config) => {
      const assigner = create(config)
      const protocol: typeof assigner.protocol = (subscription) => {
        if (!this.#joining) this.#patience = setTimeout(() => this.#options.events.heldUp(), JOIN_PATIENCE_MS)
        this.#joining = true
        return assigner.protocol(subscription)
      }
      return { ...assigner, protocol }
    }
  }

  #joined(): void {
    clearTimeout(this.#patience)
    this.#joining = false
    this.#lastFetch = Date.now()
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

  async #fetched(batch: Batch): Promise<void> {
    const { topic, events } = this.#options
    const { partition } = batch
    const records = batch.messages.map((message) => kafkaRecord(topic, partition, message))
    const first = records[0]?.offset ?? 0
    if (first < (this.#nextFetch.get(partition) ?? 0)) {
      await this.#beginAnew(partition, first)
      return
    }
    const nextOffset = Number(batch.lastOffset()) + 1
    this.#nextFetch.set(partition, nextOffset)
    events.fetched(partition, records, nextOffset)
  }

  /** The topic was deleted and made again: what is known of its offsets is of the old one, so the membership ends. */
  async #beginAnew(partition: number, first: number): Promise<void> {
    // Tells the next membership, whatever was committed after the deletion.
    await this.commit([{ partition, offset: first }]).catch(() => {})
    this.#end(new Error(`${this.#options.topic}-${partition} was made anew and is read from its beginning`))
  }
}

async function withinLimit(commit: Promise<void>, limitMs: number): Promise<void> {
  const limit = sleep(limitMs, 'no answer', { ref: false })
  if ((await Promise.race([commit, limit])) === 'no answer') throw new Error('no answer')
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
