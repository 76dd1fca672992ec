import { randomUUID } from 'node:crypto'
import { windowEnd } from './batchingWindow.ts'
import { batchOutcome } from './batchOutcome.ts'
import { describeRecords } from './describeRecords.ts'
import type { KafkaRecord } from './kafkaRecord.ts'
import { type EventSource, envelopeBytes, lambdaEventText } from './lambdaEvent.ts'
import { type BatchLimits, type GatheredBatch, nextBatch } from './nextBatch.ts'
import type { PartitionQueue } from './PartitionQueue.ts'
import { retryPauseMs } from './retryPause.ts'
import type { FunctionRunner } from './runner/FunctionRunner.ts'
import type { Log } from './serverless.ts'

/** Lambda's limit of a synchronous invocation's payload. */
export const PAYLOAD_LIMIT_BYTES = 6_291_456
/** What one poller runs side by side at most. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html */
const INVOCATIONS_SIDE_BY_SIDE = 5

export type DispatcherOptions = {
  /** Begins every line in the terminal. */
  readonly name: string
  readonly source: EventSource
  readonly batchSize: number
  readonly batchingWindowMs: number
  readonly reportsFailures: boolean
  readonly runner: FunctionRunner
  readonly log: Log
  /** Partitions moved on: they have room, and offsets to commit. */
  readonly progressed: () => void
}

/** Records handed out together: one invocation, and its retries until nothing is left of it. */
type Batch = {
  readonly parts: readonly { readonly queue: PartitionQueue; readonly epoch: number }[]
  readonly records: readonly KafkaRecord[]
  /** How many retries this attempt is; 0 for the first invocation. */
  readonly retries: number
}

type WaitingBatch = { readonly batch: Batch; readonly dueAt: number }

/**
 * Gathers waiting records into batches, invokes the function and retries. A partition is in one batch at a time, from its
 * hand-over until all of its records are done; the others go on meanwhile. A batch that waits for its retry holds no slot.
 */
export class BatchDispatcher {
  readonly #options: DispatcherOptions
  readonly #limits: BatchLimits
  /** In the order of their turns. */
  #queues: PartitionQueue[] = []
  readonly #invoking = new Set<PartitionQueue>()
  readonly #running = new Set<Promise<void>>()
  #retries: WaitingBatch[] = []
  #windowEnd: number | undefined
  #previousEnd: number | undefined
  #retriedLast = false
  #held = true
  #stopping = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#limits = {
      batchSize: options.batchSize,
      payloadBytes: PAYLOAD_LIMIT_BYTES,
      envelopeBytes: envelopeBytes(options.source),
    }
  }

  /** Nothing is handed out until `release`: the partitions may have changed hands. */
  hold(): void {
    this.#held = true
  }

  /** Goes on, with these partitions. */
  release(queues: readonly PartitionQueue[]): void {
    this.#queues = [...queues]
    this.#retries = this.#retries.filter(({ batch }) => remaining(batch) !== undefined)
    this.#held = false
    this.pump()
  }

  /** Hands out nothing more. Settles when the invocations that run are over and settled. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    await Promise.all(this.#running)
  }

  /** To be called when records came: starts whatever invocation is due, and comes back by itself when the next one is. */
  pump(): void {
    clearTimeout(this.#timer)
    if (this.#held || this.#stopping) return

    let now = Date.now()
    while (this.#running.size < INVOCATIONS_SIDE_BY_SIDE) {
      const batch = this.#nextDue(now)
      if (batch === undefined) break
      const running = this.#invoke(batch).finally(() => {
        this.#running.delete(running)
        this.pump()
      })
      this.#running.add(running)
      now = Date.now()
    }

    if (this.#running.size === INVOCATIONS_SIDE_BY_SIDE) return
    const next = Math.min(this.#windowEnd ?? Infinity, ...this.#retries.map(({ dueAt }) => dueAt))
    if (next !== Infinity) this.#timer = setTimeout(() => this.pump(), Math.max(0, next - now))
  }

  /** A retry and a new batch take turns when both are due, so that neither starves the other. */
  #nextDue(now: number): Batch | undefined {
    const preferRetry = !this.#retriedLast
    const batch = preferRetry
      ? (this.#dueRetry(now) ?? this.#newBatch(now))
      : (this.#newBatch(now) ?? this.#dueRetry(now))
    this.#retriedLast = batch !== undefined && batch.retries > 0
    return batch
  }

  #dueRetry(now: number): Batch | undefined {
    const due = this.#retries.find(({ dueAt }) => dueAt <= now)
    if (due === undefined) return undefined
    this.#retries = this.#retries.filter((waiting) => waiting !== due)
    return remaining(due.batch) ?? this.#dueRetry(now)
  }

  #newBatch(now: number): Batch | undefined {
    const free = this.#queues.filter((queue) => !queue.busy && !this.#invoking.has(queue))
    const gathered = nextBatch(free, this.#limits)
    if (gathered.parts.length === 0) {
      this.#windowEnd = undefined
      return undefined
    }
    this.#windowEnd ??= windowEnd(now, this.#previousEnd, this.#options.batchingWindowMs)
    if (!gathered.full && now < this.#windowEnd) return undefined

    this.#windowEnd = undefined
    const batch = this.#take(gathered)
    return gathered.oversized ? this.#skip(batch, now) : batch
  }

  #take({ parts }: GatheredBatch<PartitionQueue>): Batch {
    const taken = new Set(parts.map(({ from }) => from))
    this.#queues = [...this.#queues.filter((queue) => !taken.has(queue)), ...taken]
    return {
      parts: parts.map(({ from }) => ({ queue: from, epoch: from.epoch })),
      records: parts.flatMap(({ from, count }) => from.take(count)),
      retries: 0,
    }
  }

  /** No invocation can carry the record, and without an on-failure destination it is dropped. */
  #skip({ parts, records }: Batch, now: number): Batch | undefined {
    this.#say(
      'error',
      `${describeRecords(records)} is dropped: more than ${PAYLOAD_LIMIT_BYTES} bytes as an event`,
    )
    for (const { queue } of parts) queue.settle([])
    this.#options.progressed()
    return this.#newBatch(now)
  }

  async #invoke(batch: Batch): Promise<void> {
    for (const { queue } of batch.parts) this.#invoking.add(queue)
    const result = await this.#options.runner.invoke(
      lambdaEventText(batch.records, this.#options.source),
      randomUUID(),
    )
    for (const { queue } of batch.parts) this.#invoking.delete(queue)
    this.#previousEnd = Date.now()

    const outcome = batchOutcome(batch.records, result, this.#options)
    if ('error' in result) this.#options.log.info(`${this.#options.name}: ${result.error.trace.join('\n')}`)
    for (const { queue, epoch } of batch.parts) {
      if (queue.epoch !== epoch) continue
      queue.settle(outcome.retry.filter(({ partition }) => partition === queue.partition))
    }
    const left = remaining({ ...batch, records: outcome.retry })
    if (left !== undefined) this.#retryLater(left, outcome.reason ?? '')
    else if (batch.retries > 0) this.#say('notice', `${describeRecords(batch.records)} done`)
    this.#options.progressed()
  }

  #retryLater(batch: Batch, reason: string): void {
    const records = describeRecords(batch.records)
    if (this.#stopping) {
      this.#say('warning', `${records} not done (${reason}); sent again after the next start`)
      return
    }
    const retries = batch.retries + 1
    const pauseMs = retryPauseMs(retries)
    this.#retries.push({ batch: { ...batch, retries }, dueAt: Date.now() + pauseMs })
    this.#say('warning', `${records} failed: ${reason}; retry ${retries} in ${pauseMs} ms`)
  }

  #say(level: 'notice' | 'warning' | 'error', text: string): void {
    this.#options.log[level](`${this.#options.name}: ${text}`)
  }
}

/** The batch without the partitions that have gone to others meanwhile; `undefined` when nothing is left. */
function remaining(batch: Batch): Batch | undefined {
  const parts = batch.parts.filter(({ queue, epoch }) => queue.epoch === epoch && queue.busy)
  const partitions = new Set(parts.map(({ queue }) => queue.partition))
  const records = batch.records.filter(({ partition }) => partitions.has(partition))
  return records.length === 0 ? undefined : { ...batch, parts, records }
}
