import { batchHandler } from '../../shared/batch/batchHandler.ts'
import { headerText } from '../../shared/batch/kafkaEvent.ts'
import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import { createLogger } from '../../shared/logger.ts'
import { createMetrics } from '../../shared/metrics.ts'
import { decodeOrder } from '../../shared/order.ts'
import { longestOutcomeMs } from '../../shared/outcomes/dynamoDb.ts'
import { openOutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import { readSettings } from '../../shared/settings.ts'
import { logNotifier, terminalNotifier } from './notifier.ts'
import { notifyCustomer } from './notifyCustomer.ts'

const settings = readSettings()
const logger = createLogger({ function: 'notification', format: settings.logFormat })
const producer = createProducer({ clientId: 'notification', kafka: settings.kafka })
const outcomes = openOutcomesTable({ settings: settings.outcomes, connections: settings.batchConcurrency })
const notifier = settings.local ? terminalNotifier : logNotifier(logger)

/** Topic `order_status` -> the customer: one notification for each paid order. */
export const handler = batchHandler({
  logger,
  metrics: createMetrics({ format: settings.logFormat }),
  doneMetric: 'OrdersNotified',
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
  producer,
  concurrency: settings.batchConcurrency,
  longestRecordMs: longestOutcomeMs(settings.outcomes),
  produceReserveMs: settings.produceReserveMs,
  patienceMs: settings.patienceMs,
})
