import middy, { type MiddyfiedHandler } from '@middy/core'
import type { Context } from 'aws-lambda'
import { type Deadline, deadlineIn, remainingMs } from '../deadline.ts'
import { reasonOf } from '../errors.ts'
import type { RecordProducer } from '../kafka/producer.ts'
import type { LineWriter, LogFields, Logger } from '../logger.ts'
import type { MetricName, Metrics } from '../metrics.ts'
import type { Attempt } from '../outcomes/once.ts'
import { troubleLog } from '../troubleLog.ts'
import { waitOut } from '../waitOut.ts'
import { deadLetterForms } from './deadLetter.ts'
import { invocationTime, type TimeOptions } from './invocationTime.ts'
import {
  type BatchAnswer,
  headerText,
  itemFailure,
  type KafkaEventRecords,
  type KafkaRecord,
} from './kafkaEvent.ts'
import { kafkaRecords } from './kafkaRecords.ts'
import { type BatchWork, isUnsettled, processBatch, type RecordOutcome } from './processBatch.ts'
import { produceOutcomes, type Work } from './produceOutcomes.ts'
import { workInRounds } from './workInRounds.ts'

export type { Work }

export interface BatchHandlerOptions<Item> extends TimeOptions {
  logger: Logger
  metrics: Metrics
  /** Of what logger and metrics write to: a batch has a line for each record. */
  together: LineWriter['together']
  /** Counts the records that are done, but for repetitions. */
  doneMetric: MetricName
  decode: BatchWork<Item, unknown>['decode']
  keyOf: BatchWork<Item, unknown>['keyOf']
  /** Works on one record; its result, if there is one, is written to Kafka together with those of the others. */
  process(item: Item, record: KafkaRecord, attempt: Attempt): Promise<Work>
  /** Hears of each record that is done: its result, if it has one, is in Kafka. */
  done?(item: Item, record: KafkaRecord, work: Work): void
  concurrency: number
  producer: RecordProducer
}

export type BatchHandler = MiddyfiedHandler<unknown, BatchAnswer>

/**
 * A Lambda handler for an event source mapping of Kafka with `ReportBatchItemFailures`: each record on its own, in order
 * within a key, one produce call for all results and dead letters, and an answer that names the records to send again.
 *
 * Trouble that may pass is waited out here, as long as the invocation has time, so that the mapping's few retries last for
 * hours. Records that can never succeed are logged, counted as `DeadLetters`, written to the topic `dead_letters`, and not
 * named.
 */
export function batchHandler<Item>(options: BatchHandlerOptions<Item>): BatchHandler {
  const { logger, metrics, together, doneMetric, producer } = options

  type Outcome = RecordOutcome<Item, Work>

  async function handleBatch(event: KafkaEventRecords, context: Context): Promise<BatchAnswer> {
    const time = invocationTime(context, options)
    const tellTrouble = troubleLog(logger)
    const invocation = {
      source: event.source,
      requestId: context.awsRequestId,
      functionArn: `${context.invokedFunctionArn}:${context.functionVersion}`,
    }

    const work = (records: readonly KafkaRecord[]) => {
      const deadline = time.workDeadline()
      return processBatch<Item, Work>(records, {
        ...options,
        hasTime: time.hasTimeForRecord,
        process: (item, record) =>
          options.process(item, record, {
            owner: `${context.awsRequestId}/${record.topic}-${record.partition}@${record.offset}`,
            deadline,
            tell: tellTrouble,
          }),
      })
    }
    const produce = (outcomes: Outcome[]) => {
      const deadline = time.produceDeadline()
      return produceOutcomes(outcomes, {
        send: (records) =>
          waitOut(() => producer.send(records, attemptUntil(deadline)), deadline, {
            tell: (trouble) => tellTrouble(reasonOf(trouble)),
          }),
        lettersOf: ({ record, condition, reason }) =>
          deadLetterForms(record, { ...invocation, condition, reason }, new Date()),
      })
    }
    const attemptUntil = (deadline: Deadline) =>
      deadlineIn(Math.min(remainingMs(deadline), options.produceReserveMs))

    const unreadable: Outcome[] = event.unreadable.map((each) => ({
      kind: 'invalid',
      condition: 'InvalidRecord',
      ...each,
    }))
    const settle = (outcomes: readonly Outcome[]) =>
      together(() => {
        for (const outcome of outcomes) tellOutcome(outcome)
        metrics.count(context.functionName, {
          DeadLetters: outcomes.filter(({ kind }) => kind === 'invalid').length,
          [doneMetric]: outcomes.filter((outcome) => outcome.kind === 'done' && !outcome.value.repeated)
            .length,
        })
      })

    const givenUp = await produce(unreadable)
    settle(givenUp)
    const unsettled = await workInRounds(event.records, {
      round: async (records) => produce(await work(records)),
      hasTimeAfter: time.allowsAnotherRound,
      settle,
      tell: tellTrouble,
    })
    return {
      batchItemFailures: [...givenUp.filter(isUnsettled), ...unsettled].map(({ record }) =>
        itemFailure(record),
      ),
    }
  }

  function tellOutcome(outcome: Outcome): void {
    if (outcome.kind === 'done') {
      options.done?.(outcome.item, outcome.record, outcome.value)
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
      logger.error('record can never be processed, now in dead_letters', {
        ...fields,
        condition: outcome.condition,
      })
    } else if (outcome.mayPass) {
      logger.warn('record not done, to be sent again', fields)
    } else {
      logger.error('record failed unexpectedly, to be sent again', fields)
    }
  }

  return middy<KafkaEventRecords, BatchAnswer>()
    .use(kafkaRecords(logger))
    .handler(handleBatch) as BatchHandler
}
