import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { deferred } from './deferred.ts'
import type { KafkaRecord } from './event/kafkaRecord.ts'
import type { EventSource } from './event/lambdaEvent.ts'
import type { ClusterHealth } from './kafka/ClusterHealth.ts'
import { withAdmin } from './kafka/GroupMember.ts'
import { GroupMembership } from './kafka/GroupMembership.ts'
import { committedOffsets, startingOffsets } from './kafka/groupOffsets.ts'
import { OffsetCommits } from './kafka/OffsetCommits.ts'
import type { OnFailureDestination } from './onFailure/failedBatch.ts'
import { BacklogLimits } from './polling/BacklogLimits.ts'
import { describePartitions } from './polling/describeRecords.ts'
import { PartitionQueues } from './polling/PartitionQueues.ts'
import { Pollers } from './polling/Pollers.ts'
import type { RetryPause } from './polling/retryPause.ts'
import type { FunctionRunner } from './runner/FunctionRunner.ts'
import type { Log } from './serverless/serverless.ts'
import type { MappingSettings, StartingPosition } from './settings/settings.ts'

export type EventSourceMappingOptions = {
  /** Begins every line in the terminal: the function's key. */
  readonly name: string
  readonly groupId: string
  readonly settings: Pick<
    MappingSettings,
    | 'topic'
    | 'batchSize'
    | 'batchingWindowMs'
    | 'startingPosition'
    | 'reportsFailures'
    | 'pollers'
    | 'maximumRetries'
    | 'maximumRecordAgeMs'
    | 'bisects'
  >
  /** Whether a record with this value is delivered; the others count as done. */
  readonly filter: (value: Buffer | null) => boolean
  readonly destination: OnFailureDestination | undefined
  readonly retryPause: RetryPause
  readonly source: EventSource
  readonly kafka: Kafka
  readonly health: ClusterHealth
  readonly runner: FunctionRunner
  readonly log: Log
}

const FROM_BEGINNING: StartingPosition = { at: 'TRIM_HORIZON' }
const JOIN_PATIENCE_MS = 5_000
const OFFSETS_PAUSE_MS = 300
const LAST_COMMIT_ATTEMPTS = 5
/** A broker that answers takes milliseconds; KafkaJS would wait 30 s for one that does not. */
const LAST_COMMIT_LIMIT_MS = 5_000

/** One event source mapping: reads a topic as a member of its group, invokes its function, commits what is done. */
export class EventSourceMapping {
  readonly #options: EventSourceMappingOptions
  readonly #queues: PartitionQueues
  readonly #backlog: BacklogLimits
  readonly #paused = new Set<number>()
  readonly #pollers: Pollers
  readonly #membership: GroupMembership
  readonly #commits: OffsetCommits
  readonly #begun = deferred<void>()
  /** Counts rebalances, so that what belongs to an earlier one is recognised. */
  #generation = 0
  /** The offsets of the assignment are known: nothing is handed out or committed before. */
  #settled = false
  #hasRead = false
  #stopped: Promise<void> | undefined
  #said = ''

  constructor(options: EventSourceMappingOptions) {
    const { name, settings, log, kafka, groupId, health } = options
    this.#options = options
    this.#queues = new PartitionQueues(settings.topic)
    this.#backlog = new BacklogLimits(settings.batchSize, () => this.#queues.waitingBytes)
    this.#commits = new OffsetCommits({
      positions: () => (this.#settled ? this.#queues.positions() : []),
      commit: async (offsets) => {
        const { member } = this.#membership
        if (member === undefined) throw new Error('not a member of the group')
        await member.commit(offsets)
      },
    })
    this.#pollers = new Pollers({
      ...options,
      progressed: () => {
        this.#commits.schedule()
        this.#resumeRoomy()
      },
    })
    this.#membership = new GroupMembership({
      name,
      kafka,
      topic: settings.topic,
      groupId,
      health,
      log,
      events: {
        assigned: (partitions) => this.#rebalanced(partitions),
        fetched: (partition, records, nextOffset) => this.#fetched(partition, records, nextOffset),
        waitingForTopic: () => this.#begun.resolve(),
      },
    })
  }

  get name(): string {
    return this.#options.name
  }

  /** Settles when records are read, or when that is known to take longer: for the topic, or for the group. */
  async start(): Promise<void> {
    this.#membership.start()
    const patience = setTimeout(() => {
      const { name, log, groupId } = this.#options
      log.notice(
        `${name}: waiting to be let into group ${groupId}; a member that died may hold it up for a while`,
      )
      this.#begun.resolve()
    }, JOIN_PATIENCE_MS)
    await this.#begun.promise
    clearTimeout(patience)
  }

  /** Batches that wait for their next attempt get it now: what they failed by may be mended. */
  retryNow(): void {
    this.#pollers.retryNow()
  }

  /** Finishes the invocations that run, commits, leaves the group. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { name, groupId, log } = this.#options
    const idle = this.#pollers.stop()
    if (this.#settled) this.#pause(this.#queues.assigned)
    await idle
    const limit = sleep(LAST_COMMIT_LIMIT_MS, false, { ref: false })
    if (!(await Promise.race([this.#commitLast(), limit]))) {
      const reason = this.#commits.failure instanceof Error ? ` (${this.#commits.failure.message})` : ''
      log.warning(
        `${name}: Kafka did not take the last offsets${reason}; what they cover is sent again after the next start`,
      )
    }
    this.#commits.stop()
    await this.#options.destination?.close()
    const left = await this.#membership.leave()
    this.#begun.resolve()
    log.notice(`${name}: stopped${left ? `, left group ${groupId}` : ''}`)
  }

  /** False when Kafka did not take what is done; a group without a member from here has nothing to take. */
  async #commitLast(): Promise<boolean> {
    for (let attempt = 1; attempt <= LAST_COMMIT_ATTEMPTS; attempt += 1) {
      if (this.#membership.member === undefined) return true
      if (this.#settled && (await this.#commits.flush())) return true
      await sleep(OFFSETS_PAUSE_MS)
    }
    return false
  }

  #rebalanced(partitions: readonly number[]): void {
    this.#generation += 1
    this.#settled = false
    this.#pollers.hold()
    this.#paused.clear()
    this.#forgetCommits(this.#queues.assign(partitions))

    if (!this.#queues.holdsWork && this.#options.settings.startingPosition.at === 'TRIM_HORIZON') {
      this.#settle()
      return
    }
    this.#membership.member?.pause(partitions)
    void this.#settleOffsets(this.#generation)
  }

  /** Looks at what the group has committed: sets the starting position, and finds out whether others have gone on meanwhile. */
  async #settleOffsets(generation: number): Promise<void> {
    const { kafka, groupId, settings } = this.#options
    const { topic, startingPosition } = settings
    while (generation === this.#generation && this.#membership.member !== undefined) {
      try {
        const { committed, starts } = await withAdmin(kafka, async (admin) => {
          const committed = await committedOffsets(admin, groupId, topic)
          // A topic that was deleted and made anew meanwhile is read from its beginning.
          const position = this.#hasRead ? FROM_BEGINNING : startingPosition
          return { committed, starts: await startingOffsets(admin, topic, committed, position) }
        })
        const { member } = this.#membership
        if (generation !== this.#generation || member === undefined) return

        this.#forgetCommits(
          this.#queues.forgetTakenOver(committed, (partition) => this.#commits.get(partition)),
        )
        // Not left to KafkaJS, which may have resolved offsets of fetches from before the rebalance.
        member.seek(this.#queues.nextFetches(committed))
        if (starts.length > 0) {
          member.seek(starts.filter(({ partition }) => this.#queues.assigned.includes(partition)))
          // Of all partitions, also those of other members: whether the group has begun is all or nothing.
          await member.commit(starts)
        }
        if (generation === this.#generation) this.#settle()
        return
      } catch {
        // The cluster is away or the group rebalances again; the supervisor says so.
        await sleep(OFFSETS_PAUSE_MS)
      }
    }
  }

  #forgetCommits(partitions: readonly number[]): void {
    for (const partition of partitions) this.#commits.forget(partition)
  }

  #settle(): void {
    const { name, groupId, log, settings } = this.#options
    const { assigned } = this.#queues
    this.#settled = true
    this.#hasRead = true
    this.#pollers.release(this.#queues.all())
    this.#commits.schedule()
    if (this.#stopped !== undefined) return
    this.#membership.member?.resume(assigned)
    const reading = `reading topic ${settings.topic}, ${describePartitions(assigned)}, as group ${groupId}`
    if (reading !== this.#said) log.notice(`${name}: ${reading}`)
    this.#said = reading
    this.#begun.resolve()
  }

  #fetched(partition: number, records: readonly KafkaRecord[], nextOffset: number): void {
    // From before the rebalance that is under way or just was.
    if (!this.#settled || !this.#queues.assigned.includes(partition)) return
    const queue = this.#queues.of(partition)
    const before = queue.length
    queue.append(
      records.filter(({ value }) => this.#options.filter(value)),
      nextOffset,
    )
    if (this.#backlog.isFull(queue)) this.#pause([partition])
    if (queue.length === before) this.#commits.schedule()
    else this.#pollers.pump()
  }

  #pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition)
    this.#membership.member?.pause(partitions)
  }

  #resumeRoomy(): void {
    if (this.#stopped !== undefined) return
    const roomy = [...this.#paused].filter((partition) => this.#backlog.hasRoom(this.#queues.of(partition)))
    for (const partition of roomy) this.#paused.delete(partition)
    this.#membership.member?.resume(roomy)
  }
}
