import { randomUUID } from 'node:crypto'
import type { KafkaRecord } from '../event/kafkaRecord.ts'
import { type EventSource, envelopeBytes } from '../event/lambdaEvent.ts'
import { packEvent } from '../event/packedEvent.ts'
import type { FailedBatch, OnFailureDestination } from '../onFailure/failedBatch.ts'
import type { FunctionRunner } from '../runner/FunctionRunner.ts'
import type { Log } from '../serverless/serverless.ts'
import type { MappingSettings } from '../settings/settings.ts'
import {
  type Attempt,
  afterInvocation,
  beforeInvocation,
  firstAttempt,
  neverSentAgain,
  type RetryRules,
} from './attempts.ts'
import { windowEnd } from './batchingWindow.ts'
import { describeRecords } from './describeRecords.ts'
import { type BatchLimits, type GatheredBatch, nextBatch } from './nextBatch.ts'
import type { PartitionQueue } from './PartitionQueue.ts'
import { type RetryPause, retryPauseMs } from './retryPause.ts'

/** Lambda's limit of a synchronous invocation's payload. */
export const PAYLOAD_LIMIT_BYTES = 6_291_456
/** What one poller runs side by side at most. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html */
export const INVOCATIONS_SIDE_BY_SIDE = 5

export type PollerOptions = {
  /** Begins every line in the terminal. */
  readonly name: string
  readonly source: EventSource
  readonly settings: RetryRules & Pick<MappingSettings, 'batchSize' | 'batchingWindowMs' | 'pollers'>
  readonly retryPause: RetryPause
  /** `undefined`: records that are given up are dropped. */
  readonly destination: OnFailureDestination | undefined
  readonly runner: FunctionRunner
  readonly log: Log
  /** Partitions moved on: they have room, and offsets to commit. */
  readonly progressed: () => void
}

/** Records handed out together, and what is left to do of them until the last one is done or given up. */
type Batch = {
  readonly parts: readonly { readonly queue: PartitionQueue; readonly epoch: number }[]
  readonly records: readonly KafkaRecord[]
  /** On their way to the destination. */
  readonly givenUp?: FailedBatch
  /** Attempts of `givenUp`'s delivery that failed. */
  readonly undelivered: number
  /** In their order. */
  readonly attempts: readonly Attempt[]
}

/**
 * One event poller: gathers its partitions' waiting records into batches, invokes the function, retries, and hands on what
 * is given up. A partition is in one batch at a time, from its hand-over until all of its records are done; the others go
 * on meanwhile. A batch that waits for its next step holds no slot.
 */
export class Poller {
  readonly #options: PollerOptions
  readonly #limits: BatchLimits
  /** In the order of their turns. */
  #queues: PartitionQueue[] = []
  /** Begun and not at their end. */
  #batches = 0
  #invocations = 0
  /** Invocations and deliveries to the destination. */
  readonly #running = new Set<Promise<void>>()
  #waiting: { readonly batch: Batch; readonly dueAt: number }[] = []
  #windowEnd: number | undefined
  #previousEnd: number | undefined
  #begunLast = false
  #held = true
  #stopping = false
  #pumping = false
  #pumpAgain = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: PollerOptions) {
    this.#options = options
    this.#limits = {
      batchSize: options.settings.batchSize,
      payloadBytes: PAYLOAD_LIMIT_BYTES,
      envelopeBytes: envelopeBytes(options.source),
    }
  }

  /** Every batch that was begun here is at its end. */
  get idle(): boolean {
    return this.#batches === 0
  }

  /** Nothing is handed out until `release`: the partitions may have changed hands. */
  hold(): void {
    this.#held = true
  }

  /** Goes on, with these partitions; batches of others that were begun here are brought to their end. */
  release(queues: readonly PartitionQueue[]): void {
    this.#queues = [...queues]
    this.#held = false
    this.pump()
  }

  /** Nothing waits any longer for its next step. */
  retryNow(): void {
    this.#waiting = this.#waiting.map(({ batch }) => ({ batch, dueAt: 0 }))
    this.pump()
  }

  /** Hands out nothing more. Settles when what runs is over and settled. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    await Promise.all(this.#running)
  }

  /** To be called when records came: starts whatever is due, and comes back by itself when the next step is. */
  pump(): void {
    // What a step does at once ends here again: the loop below goes on with it, not one level deeper for each batch.
    if (this.#pumping) {
      this.#pumpAgain = true
      return
    }
    this.#pumping = true
    do {
      this.#pumpAgain = false
      this.#startDue()
    } while (this.#pumpAgain)
    this.#pumping = false
  }

  #startDue(): void {
    clearTimeout(this.#timer)
    if (this.#held || this.#stopping) return

    let now = Date.now()
    while (this.#invocations < INVOCATIONS_SIDE_BY_SIDE) {
      const batch = this.#nextDue(now)
      if (batch === undefined) break
      this.#step(batch)
      now = Date.now()
    }

    if (this.#invocations === INVOCATIONS_SIDE_BY_SIDE) return
    const next = Math.min(this.#windowEnd ?? Infinity, ...this.#waiting.map(({ dueAt }) => dueAt))
    if (next !== Infinity) this.#timer = setTimeout(() => this.pump(), Math.max(0, next - now))
  }

  /** A batch that was begun and a new one take turns when both are due, so that neither starves the other. */
  #nextDue(now: number): Batch | undefined {
    const batch = this.#begunLast
      ? (this.#newBatch(now) ?? this.#begunBatch(now))
      : (this.#begunBatch(now) ?? this.#newBatch(now))
    this.#begunLast = batch?.attempts[0]?.last !== undefined
    return batch
  }

  #begunBatch(now: number): Batch | undefined {
    for (;;) {
      const due = this.#waiting.find(({ dueAt }) => dueAt <= now)
      if (due === undefined) return undefined
      this.#waiting = this.#waiting.filter((waiting) => waiting !== due)
      const batch = counting(due.batch)
      if (batch !== undefined) return batch
      this.#batches -= 1
    }
  }

  #newBatch(now: number): Batch | undefined {
    const gathered = nextBatch(
      this.#queues.filter(({ free }) => free),
      this.#limits,
    )
    if (gathered.parts.length === 0) {
      this.#windowEnd = undefined
      return undefined
    }
    this.#windowEnd ??= windowEnd(now, this.#previousEnd, this.#options.settings.batchingWindowMs)
    if (!gathered.full && now < this.#windowEnd) return undefined

    this.#windowEnd = undefined
    return this.#take(gathered)
  }

  #take({ parts, oversized }: GatheredBatch<PartitionQueue>): Batch {
    const taken = new Set(parts.map(({ from }) => from))
    this.#queues = [...this.#queues.filter((queue) => !taken.has(queue)), ...taken]
    const records = parts.flatMap(({ from, count }) => from.take(count))
    const attempt = firstAttempt(records)
    this.#batches += 1
    return {
      parts: parts.map(({ from }) => ({ queue: from, epoch: from.epoch })),
      records,
      undelivered: 0,
      ...(oversized
        ? { attempts: [], givenUp: neverSentAgain(attempt, 'MaximumPayloadSizeExceeded') }
        : { attempts: [attempt] }),
    }
  }

  /** The next step of a batch: an invocation, or handing on what is given up. */
  #step(batch: Batch): void {
    const ready = batch.givenUp === undefined ? this.#withoutExpired(batch) : batch
    const step = ready.givenUp === undefined ? this.#invoke(ready) : this.#handOn(ready, ready.givenUp)
    const running = step.finally(() => {
      this.#running.delete(running)
      this.pump()
    })
    this.#running.add(running)
  }

  #withoutExpired(batch: Batch): Batch {
    const [next, ...later] = batch.attempts
    if (next === undefined) return batch
    const { attempt, expired } = beforeInvocation(next, this.#options.settings, Date.now())
    if (expired === undefined) return batch
    return { ...batch, givenUp: expired, attempts: attempt === undefined ? later : [attempt, ...later] }
  }

  async #invoke(batch: Batch): Promise<void> {
    const [attempt, ...later] = batch.attempts
    if (attempt === undefined) return
    const { settings, source, runner } = this.#options
    const queues = batch.parts.map(({ queue }) => queue)
    const requestId = randomUUID()

    this.#invocations += 1
    for (const queue of queues) queue.invoking = true
    const result = await runner.invoke(packEvent(attempt.records, source), requestId)
    for (const queue of queues) queue.invoking = false
    this.#invocations -= 1
    if (settings.pollers === undefined) this.#previousEnd = Date.now()

    const { again, givenUp, reason } = afterInvocation(attempt, requestId, result, settings)
    if ('error' in result) this.#options.log.info(`${this.#options.name}: ${result.error.trace.join('\n')}`)
    if (reason === undefined && attempt.failures > 0)
      this.#say('notice', `${describeRecords(attempt.records)} done`)
    if (reason !== undefined) this.#sayFailed(attempt, again, reason)
    const failures = again[0]?.failures ?? 0
    this.#goOn(
      { ...batch, attempts: [...again, ...later], ...(givenUp && { givenUp }) },
      failures === 0 ? 0 : retryPauseMs(failures, this.#options.retryPause),
    )
  }

  /** Gives records that are given up to the destination. Until they lie there safely, their partitions wait. */
  async #handOn(batch: Batch, givenUp: FailedBatch): Promise<void> {
    const { destination, retryPause } = this.#options
    const what = `${describeRecords(givenUp.records)} given up (${reasons[givenUp.condition]})`
    const { givenUp: _handedOn, ...rest } = { ...batch, undelivered: 0 }
    if (destination === undefined) {
      this.#say('error', `${what} and dropped: the mapping has no on-failure destination`)
      this.#goOn(rest, 0)
      return
    }
    try {
      await destination.send(givenUp)
      this.#say('warning', `${what}: now in ${destination.label}`)
      this.#goOn(rest, 0)
    } catch (error) {
      const undelivered = batch.undelivered + 1
      const pauseMs = retryPauseMs(undelivered, retryPause)
      const { message } = error as Error
      this.#say(
        'error',
        `${what}, but ${destination.label} does not take it: ${message}; tried again ${this.#when(pauseMs)}`,
      )
      this.#goOn({ ...batch, undelivered }, pauseMs)
    }
  }

  /** Settles what is done of a batch, and lets the rest wait for its next step. */
  #goOn(batch: Batch, pauseMs: number): void {
    const left = new Set([batch.givenUp, ...batch.attempts].flatMap((some) => some?.records ?? []))
    for (const { queue, epoch } of batch.parts) {
      if (queue.epoch !== epoch) continue
      queue.settle(
        left.size === 0
          ? []
          : batch.records.filter((record) => record.partition === queue.partition && left.has(record)),
      )
    }
    const rest = counting(batch)
    if (rest === undefined) {
      this.#batches -= 1
      if (this.#options.settings.pollers !== undefined) this.#previousEnd = Date.now()
    } else if (!this.#stopping) {
      this.#waiting.push({ batch: rest, dueAt: Date.now() + pauseMs })
    }
    this.#options.progressed()
  }

  #sayFailed(attempt: Attempt, [next, ...others]: readonly Attempt[], reason: string): void {
    const failed = `${describeRecords(attempt.records)} failed: ${reason}`
    if (next === undefined) {
      this.#say('warning', failed)
      return
    }
    const { settings, retryPause } = this.#options
    const when = this.#when(retryPauseMs(next.failures, retryPause))
    const limit = settings.maximumRetries === Infinity ? '' : ` of ${settings.maximumRetries}`
    const isRetry = next.retries > attempt.retries
    const how =
      others.length > 0
        ? 'split in two, sent again'
        : isRetry
          ? `retry ${next.retries}${limit}`
          : 'sent again'
    this.#say('warning', `${failed}; ${how} ${when}`)
  }

  #when(pauseMs: number): string {
    return this.#stopping ? 'after the next start' : `in ${pauseMs} ms`
  }

  #say(level: 'notice' | 'warning' | 'error', text: string): void {
    this.#options.log[level](`${this.#options.name}: ${text}`)
  }
}

const reasons = {
  RetryAttemptsExhausted: 'no retries left',
  RecordAgeExceeded: 'too old',
  MaximumPayloadSizeExceeded: `more than ${PAYLOAD_LIMIT_BYTES} bytes as an event`,
}

/** The batch without the partitions that are done or have gone to others meanwhile; `undefined` when nothing is left. */
function counting(batch: Batch): Batch | undefined {
  const parts = batch.parts.filter(({ queue, epoch }) => queue.epoch === epoch && queue.busy)
  if (parts.length === 0) return undefined
  if (parts.length === batch.parts.length) return batch

  const partitions = new Set(parts.map(({ queue }) => queue.partition))
  const of = <T extends { readonly records: readonly KafkaRecord[] }>(some: T): T => ({
    ...some,
    records: some.records.filter(({ partition }) => partitions.has(partition)),
  })
  const { givenUp, ...rest } = batch
  const givenUpHere = givenUp && of(givenUp)
  return {
    ...of(rest),
    parts,
    attempts: batch.attempts.map(of).filter(({ records }) => records.length > 0),
    ...(givenUpHere !== undefined && givenUpHere.records.length > 0 && { givenUp: givenUpHere }),
  }
}
