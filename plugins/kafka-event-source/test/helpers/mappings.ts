import { EventSourceMapping, type EventSourceMappingOptions } from '../../src/EventSourceMapping.ts'
import type { LambdaKafkaEvent, LambdaKafkaRecord } from '../../src/event/lambdaEvent.ts'
import { unpackEvent } from '../../src/event/packedEvent.ts'
import { ClusterHealth } from '../../src/kafka/ClusterHealth.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import type { InvocationResult } from '../../src/polling/batchOutcome.ts'
import { DEFAULT_RETRY_PAUSE } from '../../src/polling/retryPause.ts'
import type { FunctionRunner } from '../../src/runner/FunctionRunner.ts'
import type { InvocationEvent } from '../../src/runner/messages.ts'
import { KeptLog } from './log.ts'

export const ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/test/0-0'

export type Handler = (event: LambdaKafkaEvent) => unknown

type MappingOptions = Partial<EventSourceMappingOptions['settings']> & {
  readonly topic: string
  readonly handler?: Handler
  readonly runner?: FunctionRunner
  readonly groupId?: string
  readonly brokers?: readonly string[]
} & Partial<Pick<EventSourceMappingOptions, 'filter' | 'destination' | 'retryPause'>>

export type Invocation = { readonly event: LambdaKafkaEvent; readonly startedAt: number; endedAt: number }

/** A mapping under test: what its function was sent, and what its user was told. */
export type MappingUnderTest = {
  readonly mapping: EventSourceMapping
  readonly groupId: string
  readonly log: KeptLog
  readonly invocations: Invocation[]
  /** Values as text in the order of their arrival, retries too. */
  values(): string[]
}

/** The event that the function gets, and what was packed left as it is. */
export const sentEvent = (event: InvocationEvent): LambdaKafkaEvent =>
  typeof event === 'string' ? JSON.parse(event) : unpackEvent(structuredClone(event))

const running = new Set<MappingUnderTest>()

/** Starts a mapping with a window of 0 and an answering handler, unless told otherwise. */
export async function startMapping(options: MappingOptions): Promise<MappingUnderTest> {
  const {
    topic,
    handler = () => null,
    runner,
    groupId = `${topic}-group`,
    brokers,
    filter,
    destination,
    retryPause,
    ...settings
  } = options
  const cluster = { brokers: brokers ?? (process.env.KAFKA_BROKERS ?? '').split(','), ssl: false as const }
  const log = new KeptLog()
  const invocations: Invocation[] = []
  const inProcess: FunctionRunner = {
    async invoke(packed, requestId): Promise<InvocationResult> {
      const invocation: Invocation = { event: sentEvent(packed), startedAt: Date.now(), endedAt: Number.NaN }
      invocations.push(invocation)
      try {
        return runner === undefined
          ? { answer: (await handler(invocation.event)) ?? null }
          : await runner.invoke(packed, requestId)
      } catch (error) {
        const { name, message } = error as Error
        return { error: { errorType: name, errorMessage: message, trace: [] } }
      } finally {
        invocation.endedAt = Date.now()
      }
    },
    close: async () => {},
  }
  const mapping = new EventSourceMapping({
    name: 'test',
    groupId,
    settings: {
      topic,
      batchSize: 100,
      batchingWindowMs: 0,
      startingPosition: { at: 'TRIM_HORIZON' },
      reportsFailures: true,
      pollers: undefined,
      maximumRetries: Infinity,
      maximumRecordAgeMs: Infinity,
      bisects: false,
      ...settings,
    },
    filter: filter ?? (() => true),
    destination,
    retryPause: retryPause ?? DEFAULT_RETRY_PAUSE,
    source: { eventSourceArn: ARN, bootstrapServers: cluster.brokers.join(',') },
    kafka: kafkaClient(cluster, 'test', log),
    health: new ClusterHealth(cluster, log),
    runner: inProcess,
    log,
  })
  const underTest: MappingUnderTest = {
    mapping,
    groupId,
    log,
    invocations,
    values: () => invocations.flatMap(({ event }) => values(event)),
  }
  running.add(underTest)
  await mapping.start()
  return underTest
}

/** For `afterEach`. */
export async function stopMappings(): Promise<void> {
  await Promise.all([...running].map(({ mapping }) => mapping.stop()))
  running.clear()
}

export const records = (event: LambdaKafkaEvent): LambdaKafkaRecord[] => Object.values(event.records).flat()

export const values = (event: LambdaKafkaEvent): string[] =>
  records(event).map(({ value }) => Buffer.from(value ?? '', 'base64').toString())

/** The answer that reports the records with these values. */
export const reporting = (event: LambdaKafkaEvent, failed: readonly string[]) => ({
  batchItemFailures: records(event)
    .filter(({ value }) => failed.includes(Buffer.from(value ?? '', 'base64').toString()))
    .map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: `${topic}-${partition}`, offset },
    })),
})

/** Something to wait on and to let go. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
