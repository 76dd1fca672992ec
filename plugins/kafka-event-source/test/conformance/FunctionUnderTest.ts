import type { Message } from 'kafkajs'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import type { LambdaKafkaEvent } from '../../src/event/lambdaEvent.ts'
import type { TestCluster } from '../helpers/topics.ts'
import { values } from './events.ts'

export const CLUSTER_ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/conformance/0-0'

/** A busy machine takes its time. */
const PATIENCE_MS = 30_000

export type Handler = (
  event: LambdaKafkaEvent,
  invocation: { readonly number: number; readonly requestId: string },
) => unknown

export type FunctionOptions = {
  /** Settings of the function's events as in serverless.yml, without cluster, topic and group. */
  readonly event?: Readonly<Record<string, unknown>>
  readonly kind?: 'msk' | 'kafka'
  /** One event for each; a topic that carries the function's name when left out. */
  readonly topics?: readonly string[]
  /** Of topics that no function before this one has. */
  readonly partitions?: number
  /** Settings of the same. */
  readonly topicConfig?: Readonly<Record<string, string>>
  /** The test makes the topics itself, later. */
  readonly withoutTopics?: boolean
  /** False: the event names no group. */
  readonly namesGroup?: boolean
  /** Seconds. */
  readonly timeout?: number
  /** Runs in the test's process. What it throws, the function throws. */
  readonly handler?: Handler
}

export type Invocation = {
  readonly requestId: string
  readonly event: LambdaKafkaEvent
  readonly startedAt: number
  endedAt: number
}

/** One function with its mappings, as serverless.yml has them; its handler is the test's. */
export class FunctionUnderTest {
  readonly name: string
  readonly options: FunctionOptions
  /** The names that the topics have on the cluster. */
  readonly topics: readonly string[]
  readonly invocations: Invocation[] = []
  readonly #cluster: () => TestCluster
  #running = 0
  #mostAtOnce = 0

  /** @param id keeps the topics and groups of this run apart from those of others */
  constructor(name: string, id: string, cluster: () => TestCluster, options: FunctionOptions) {
    this.name = name
    this.options = options
    this.topics = (options.topics ?? [name]).map((topic) => `c-${id}-${topic}`)
    this.#cluster = cluster
  }

  /** The only topic, or the first. */
  get topic(): string {
    return this.topics[0] as string
  }

  groupId(topic = this.topic): string {
    return this.options.namesGroup === false
      ? `conformance-dev-${this.name}-${topic}`
      : `${topic}-${this.name}-group`
  }

  /** The function in serverless.yml. */
  get definition(): object {
    const { event, kind = 'msk', timeout = 30, namesGroup } = this.options
    const cluster =
      kind === 'msk'
        ? { arn: CLUSTER_ARN }
        : {
            bootstrapServers: ['kafka.example.com:9092'],
            accessConfigurations: { saslScram512Auth: [SECRET_ARN] },
          }
    return {
      handler: 'proxy.handler',
      timeout,
      environment: { TEST_FUNCTION: this.name },
      events: this.topics.map((topic) => ({
        [kind]: {
          ...cluster,
          topic,
          ...(namesGroup !== false && { consumerGroupId: this.groupId(topic) }),
          ...event,
        },
      })),
    }
  }

  /** Text values or whole messages, in one request, so that they arrive together. */
  produce(messages: readonly (string | Message)[], partition = 0, topic = this.topic): Promise<void> {
    return this.#cluster().produce(topic, messages, partition)
  }

  /** Waits until the group has committed these offsets by partition. */
  async committed(offsets: Readonly<Record<number, number>>, topic = this.topic): Promise<void> {
    let last: Record<number, number> = {}
    await waitFor(
      async () => {
        last = await this.#cluster().committed(this.groupId(topic), topic)
        return Object.entries(offsets).every(([partition, offset]) => last[Number(partition)] === offset)
      },
      { timeoutMs: PATIENCE_MS, what: `${this.name} commits ${JSON.stringify(offsets)}` },
    ).catch((error) => {
      throw new Error(`${error.message}; it committed ${JSON.stringify(last)}, and was sent ${this.#told}`)
    })
  }

  /** Waits until so many invocations have begun. */
  async invoked(times: number): Promise<void> {
    await this.reaches(() => this.invocations.length >= times, `invocation ${times}`)
  }

  async reaches(condition: () => unknown, what: string): Promise<void> {
    await waitFor(condition, { timeoutMs: PATIENCE_MS, what: `${this.name}: ${what}` }).catch((error) => {
      throw new Error(`${error.message}; it was sent ${this.#told}`)
    })
  }

  /** The values of each invocation, as text. */
  get sent(): string[][] {
    return this.invocations.map(({ event }) => values(event))
  }

  /** The most invocations that ran side by side. */
  get mostAtOnce(): number {
    return this.#mostAtOnce
  }

  /** What the function does when it is invoked; settles with what it answers, or throws what it throws. */
  async run(event: LambdaKafkaEvent, requestId: string): Promise<unknown> {
    const invocation: Invocation = { requestId, event, startedAt: Date.now(), endedAt: Number.NaN }
    const number = this.invocations.push(invocation)
    this.#running += 1
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#running)
    try {
      return await this.options.handler?.(event, { number, requestId })
    } finally {
      this.#running -= 1
      invocation.endedAt = Date.now()
    }
  }

  /** Begins anew with `invocations` and `mostAtOnce`, when nothing runs. */
  forget(): void {
    this.invocations.length = 0
    this.#mostAtOnce = 0
  }

  get #told(): string {
    return JSON.stringify(this.sent).slice(0, 2_000)
  }
}

const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:conformance'
