import { type BatchHandler, batchHandler } from '../../shared/batch/batchHandler.ts'
import { headerText } from '../../shared/batch/kafkaEvent.ts'
import type { RecordProducer } from '../../shared/kafka/producer.ts'
import type { LineWriter, Logger } from '../../shared/logger.ts'
import type { Metrics } from '../../shared/metrics.ts'
import { decodeOrder } from '../../shared/order.ts'
import { longestOutcomeMs } from '../../shared/outcomes/dynamoDb.ts'
import type { OutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Notifier } from './notifier.ts'
import { notifyCustomer } from './notifyCustomer.ts'

export interface NotificationDependencies {
  settings: Settings
  logger: Logger
  metrics: Metrics
  /** Of what logger and metrics write to. */
  together: LineWriter['together']
  /** For dead letters. */
  producer: RecordProducer
  notifier: Notifier
  outcomes: OutcomesTable
}

/** Topic `order_status` -> the customer: one notification for each paid order. */
export function notificationHandler(dependencies: NotificationDependencies): BatchHandler {
  const { settings, logger, metrics, together, producer, notifier, outcomes } = dependencies
  return batchHandler({
    logger,
    metrics,
    together,
    doneMetric: 'OrdersNotified',
    producer,
    decode: (record) => decodeOrder(record.value, 'paid'),
    keyOf: (order) => order.order_id,
    process: (order, record, attempt) => notifyCustomer(order, record, attempt, { notifier, outcomes }),
    done: (order, record, { repeated }) => {
      if (!repeated) return
      logger.info('the customer was told before', {
        order_id: order.order_id,
        'correlation-id': headerText(record, 'correlation-id'),
      })
    },
    concurrency: settings.batchConcurrency,
    longestRecordMs: longestOutcomeMs(settings.outcomes),
    produceReserveMs: settings.produceReserveMs,
    patienceMs: settings.patienceMs,
  })
}
