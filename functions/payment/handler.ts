import { batchHandler } from '../../shared/batch/batchHandler.ts'
import { headerText } from '../../shared/batch/kafkaEvent.ts'
import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import { createLogger } from '../../shared/logger.ts'
import { createMetrics } from '../../shared/metrics.ts'
import { decodeOrder } from '../../shared/order.ts'
import { longestOutcomeMs } from '../../shared/outcomes/dynamoDb.ts'
import { openOutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import { readSettings } from '../../shared/settings.ts'
import { openGateway } from './gateway.ts'
import { payOrder } from './payOrder.ts'

const settings = readSettings()
const logger = createLogger({ function: 'payment', format: settings.logFormat })
const producer = createProducer({ clientId: 'payment', kafka: settings.kafka })
const gateway = openGateway(settings)
const gatewayTimeoutMs = settings.gateway.timeoutMs
const outcomes = openOutcomesTable({ settings: settings.outcomes, connections: settings.batchConcurrency })

/** Topic `orders` -> topic `order_status`: each pending order is charged, once, and goes on as paid. */
export const handler = batchHandler({
  logger,
  metrics: createMetrics({ format: settings.logFormat }),
  doneMetric: 'OrdersPaid',
  producer,
  decode: (record) => decodeOrder(record.value, 'pending'),
  keyOf: (order) => order.order_id,
  process: (order, record, attempt) =>
    payOrder(order, record, attempt, { gateway, gatewayTimeoutMs, outcomes }),
  done: (order, record, { repeated }) =>
    logger.info(repeated ? 'the order was paid before' : 'order paid', {
      order_id: order.order_id,
      'correlation-id': headerText(record, 'correlation-id'),
    }),
  concurrency: settings.batchConcurrency,
  longestRecordMs: gatewayTimeoutMs + longestOutcomeMs(settings.outcomes),
  produceReserveMs: settings.produceReserveMs,
  patienceMs: settings.patienceMs,
})
