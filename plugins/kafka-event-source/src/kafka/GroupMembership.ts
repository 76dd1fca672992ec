import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import type { Log } from '../serverless.ts'
import type { ClusterHealth } from './ClusterHealth.ts'
import { GroupMember, type GroupMemberEvents, withAdmin } from './GroupMember.ts'

export type GroupMembershipOptions = {
  readonly name: string
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly events: GroupMemberEvents & {
    /** The topic is not there; it is waited for. */
    waitingForTopic(): void
  }
  readonly health: ClusterHealth
  readonly log: Log
}

const REJOIN_PAUSE_MS = 500
const TOPIC_PAUSE_MS = 500

/** Keeps one member in the group until it is told to leave: after each end of a membership, whatever ended it, it joins again. */
export class GroupMembership {
  readonly #options: GroupMembershipOptions
  readonly #leaving = new AbortController()
  #member: GroupMember | undefined
  #supervision: Promise<void> | undefined
  #toldMissing = false

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

  /** Leaves the group and disconnects. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    await this.#member?.leave()
    await this.#supervision
  }

  async #supervise(): Promise<void> {
    while (!this.#left) {
      try {
        await this.#topicExists()
        if (!this.#left) this.#report(await this.#membership())
      } catch (error) {
        this.#report(error as Error)
      }
      await this.#pause(REJOIN_PAUSE_MS)
    }
  }

  get #left(): boolean {
    return this.#leaving.signal.aborted
  }

  async #membership(): Promise<Error | undefined> {
    const { kafka, topic, groupId, events, health } = this.#options
    const member = new GroupMember({
      kafka,
      topic,
      groupId,
      events: {
        ...events,
        assigned: (partitions) => {
          health.back()
          events.assigned(partitions)
        },
      },
    })
    this.#member = member
    try {
      await member.join()
      return await member.ended
    } finally {
      this.#member = undefined
      await member.leave()
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

  #report(error: Error | undefined): void {
    if (error === undefined || this.#left) return
    const { name, health, log } = this.#options
    if (isConnectionError(error)) health.away()
    else log.warning(`${name}: ${error.message.split('\n')[0]}; joining its group again`)
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#leaving.signal }).catch(() => {})
  }
}

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
