import middy, { type MiddyfiedHandler } from '@middy/core'
import type { Context } from 'aws-lambda'
import { deadlineIn } from '../deadline.ts'
import type { OutgoingRecord, RecordProducer } from '../kafka/producer.ts'
import type { LogFields, Logger } from '../logger.ts'
import type { MetricName, Metrics } from '../metrics.ts'
import { type BatchAnswer, headerText, itemFailure, type KafkaRecord } from './kafkaEvent.ts'
import { kafkaRecords, type RecordsEvent } from './kafkaRecords.ts'
import { type BatchWork, failureOf, processBatch, type RecordOutcome } from './processBatch.ts'
import { produceEach } from './produceEach.ts'

/** The end of an invocation that is kept for its answer, in milliseconds. */
const ANSWER_RESERVE_MS = 1_000

export interface BatchHandlerOptions<Item> {
  logger: Logger
  metrics: Metrics
  /** Counts the records that are done. */
  doneMetric: MetricName
  decode: BatchWork<Item, unknown>['decode']
  keyOf: BatchWork<Item, unknown>['keyOf']
  /** Works on one record; what it returns is written to Kafka together with the results of the others. */
  process(item: Item, record: KafkaRecord): Promise<OutgoingRecord | undefined>
  /** Hears of each record that is done: its result, if it has one, is in Kafka. */
  done?(item: Item, record: KafkaRecord): void
  concurrency: number
  /** The longest that `process` takes for one record, in milliseconds: with less time left, none is begun. */
  longestRecordMs: number
  /** For functions whose `process` returns records to write. */
  producer?: RecordProducer
  /** Time for the one produce call at the end, in milliseconds. */
  produceReserveMs?: number
}

/**
 * A Lambda handler for an event source mapping of Kafka with `ReportBatchItemFailures`: each record on its own, in order
 * within a key, one produce call for all results, and an answer that names the records to send again. Records that can
 * never succeed are logged, counted as `DeadLetters`, and not named.
 */
export function batchHandler<Item>(
  options: BatchHandlerOptions<Item>,
): MiddyfiedHandler<unknown, BatchAnswer> {
  const { logger, metrics, doneMetric, producer, produceReserveMs = 0 } = options

  type Outcome = RecordOutcome<Item, OutgoingRecord | undefined>

  async function handleBatch({ records, unreadable }: RecordsEvent, context: Context): Promise<BatchAnswer> {
    const spareMs = () => context.getRemainingTimeInMillis() - ANSWER_RESERVE_MS
    const outcomes = await processBatch(records, {
      ...options,
      hasTime: () => spareMs() >= options.longestRecordMs + produceReserveMs,
    })
    const settled = await produceResults(outcomes, () => Math.min(spareMs(), produceReserveMs))
    for (const outcome of settled) tellOutcome(outcome)
    const countOf = (kind: Outcome['kind']) => settled.filter((outcome) => outcome.kind === kind).length
    metrics.count(context.functionName, {
      DeadLetters: unreadable + countOf('invalid'),
      [doneMetric]: countOf('done'),
    })
    return {
      batchItemFailures: settled.filter(isToBeSentAgain).map(({ record }) => itemFailure(record)),
    }
  }

  /**
   * One produce call for the invocation, unless its results are too large for one. When it fails, every record whose
   * result it carried has failed, and those of the calls that would have followed; a result that Kafka refuses for good
   * is no reason to send the others again.
   */
  async function produceResults(outcomes: Outcome[], timeLeftMs: () => number): Promise<Outcome[]> {
    if (producer === undefined) return outcomes
    const carrying = outcomes.flatMap((outcome, position) =>
      outcome.kind === 'done' && outcome.value ? [{ ...outcome, position, result: outcome.value }] : [],
    )
    const deadline = deadlineIn(timeLeftMs())
    const errors = await produceEach(
      carrying.map(({ result }) => result),
      (records) => producer.send(records, deadline),
    )
    const settled = [...outcomes]
    for (const [index, { position, record, item }] of carrying.entries()) {
      const error = errors[index]
      if (error !== undefined) settled[position] = failureOf(record, error, item)
    }
    return settled
  }

  function tellOutcome(outcome: Outcome): void {
    if (outcome.kind === 'done') {
      options.done?.(outcome.item, outcome.record)
      return
    }
    const { topic, partition, offset } = outcome.record
    const fields: LogFields = {
      topic,
      partition,
      offset,
      order_id: outcome.item && options.keyOf(outcome.item),
      'correlation-id': headerText(outcome.record, 'correlation-id'),
      reason: outcome.reason,
    }
    if (outcome.kind === 'invalid') {
      logger.error('record can never be processed, skipped', fields)
    } else if (outcome.kind === 'waiting' || outcome.expected) {
      logger.warn('record not done, to be sent again', fields)
    } else {
      logger.error('record failed unexpectedly, to be sent again', fields)
    }
  }

  return middy<RecordsEvent, BatchAnswer>()
    .use(kafkaRecords(logger))
    .handler(handleBatch) as MiddyfiedHandler<unknown, BatchAnswer>
}

function isToBeSentAgain({ kind }: { kind: string }): boolean {
  return kind === 'failed' || kind === 'waiting'
}
