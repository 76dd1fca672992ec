import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import type { Log } from '../serverless/serverless.ts'
import type { ClusterHealth } from './ClusterHealth.ts'
import { GroupMember, type GroupMemberEvents, type MembershipTiming, withAdmin } from './GroupMember.ts'

export type GroupMembershipOptions = {
  readonly name: string
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly events: Omit<GroupMemberEvents, 'heldUp'> & {
    /** The topic is not there; it is waited for. */
    waitingForTopic(): void
  }
  readonly health: ClusterHealth
  readonly log: Log
  readonly timing?: MembershipTiming
  readonly commitPatienceMs?: number
}

/** Doubles while memberships end soon after they began. */
const REJOIN_PAUSE_MS = { first: 500, longest: 10_000 }
/** A membership that lasted so long was a good one. */
const GOOD_MEMBERSHIP_MS = 10_000
const TOPIC_PAUSE_MS = 500
/** A stop takes 0.1 s; KafkaJS waits several seconds for a broker that does not come back. */
const LEAVE_LIMIT_MS = 2_000

/** Keeps one member in the group until it is told to leave: after each end of a membership, whatever ended it, it joins again. */
export class GroupMembership {
  readonly #options: GroupMembershipOptions
  readonly #leaving = new AbortController()
  #member: GroupMember | undefined
  #supervision: Promise<void> | undefined
  #wasMember = false
  #toldMissing = false
  /** The error that was told last: the same one is not told again and again. */
  #told = ''

  constructor(options: GroupMembershipOptions) {
    this.#options = options
  }

  /** The member of now; `undefined` between two. */
  get member(): GroupMember | undefined {
    return this.#member
  }

  start(): void {
    this.#supervision ??= this.#supervise()
  }

  /** Leaves the group and disconnects; from a cluster that is away, without waiting for it. Whether the group knows. */
  async leave(): Promise<boolean> {
    this.#leaving.abort()
    const left = Promise.all([this.#member?.leave() ?? false, this.#supervision]).then(([known]) => known)
    return withinLimit(left)
  }

  async #supervise(): Promise<void> {
    let pauseMs = REJOIN_PAUSE_MS.first
    while (!this.#left) {
      const begunAt = Date.now()
      const error = await this.#membership().catch((reason: Error) => reason)
      const away = error !== undefined && isConnectionError(error)
      if (Date.now() - begunAt > GOOD_MEMBERSHIP_MS || away) pauseMs = REJOIN_PAUSE_MS.first
      if (error !== undefined) this.#report(error, away)
      await this.#pause(pauseMs)
      pauseMs = Math.min(2 * pauseMs, REJOIN_PAUSE_MS.longest)
    }
  }

  get #left(): boolean {
    return this.#leaving.signal.aborted
  }

  /** One membership from its beginning to its end; what ended it, if not `leave`. */
  async #membership(): Promise<Error | undefined> {
    await this.#topicExists()
    if (this.#left) return undefined
    const { events, health } = this.#options
    const member = new GroupMember({
      ...this.#options,
      events: {
        ...events,
        assigned: (partitions) => {
          health.back()
          this.#wasMember = true
          events.assigned(partitions)
        },
        heldUp: () => this.#reportHeldUp(),
      },
    })
    this.#member = member
    try {
      await member.join()
      return await member.ended
    } finally {
      this.#member = undefined
      // Goes on by itself when a broker leaves a request without an answer, which KafkaJS waits for.
      await withinLimit(member.leave())
    }
  }

  async #topicExists(): Promise<void> {
    const { kafka, topic, name, events, log, health } = this.#options
    await withAdmin(kafka, async (admin) => {
      while (!this.#left && !(await admin.listTopics()).includes(topic)) {
        health.back()
        if (!this.#toldMissing) log.warning(`${name}: there is no topic ${topic} yet; waiting for it`)
        this.#toldMissing = true
        events.waitingForTopic()
        await this.#pause(TOPIC_PAUSE_MS)
      }
    })
    this.#toldMissing = false
  }

  /** The first time it is waited for by whoever starts the mapping, which says so itself. */
  #reportHeldUp(): void {
    if (this.#left || !this.#wasMember) return
    const { name, groupId, log } = this.#options
    log.notice(
      `${name}: waiting to be let into group ${groupId} again; a member that is slow or died may hold it up for a while`,
    )
  }

  #report({ message }: Error, away: boolean): void {
    if (this.#left) return
    const { name, health, log } = this.#options
    if (away) health.away()
    else if (message !== this.#told) {
      log.warning(`${name}: ${message.split('\n')[0]}; joining its group again until that works`)
    }
    this.#told = message
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#leaving.signal }).catch(() => {})
  }
}

const withinLimit = (left: Promise<boolean>): Promise<boolean> =>
  Promise.race([left, sleep(LEAVE_LIMIT_MS, false, { ref: false })])

const CONNECTION_ERRORS = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSRequestTimeoutError',
])

/** KafkaJS wraps what happened in the error of the retry that gave up. */
export function isConnectionError(error: unknown): boolean {
  for (
    let cause = error as Error | undefined;
    cause !== undefined && cause !== null;
    cause = cause.cause as Error
  ) {
    if (CONNECTION_ERRORS.has(cause.name)) return true
  }
  return false
}
