import { type BatchHandler, batchHandler } from '../../shared/batch/batchHandler.ts'
import { headerText } from '../../shared/batch/kafkaEvent.ts'
import type { RecordProducer } from '../../shared/kafka/producer.ts'
import type { LineWriter, Logger } from '../../shared/logger.ts'
import type { Metrics } from '../../shared/metrics.ts'
import { decodeOrder } from '../../shared/order.ts'
import { longestOutcomeMs } from '../../shared/outcomes/dynamoDb.ts'
import type { OutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import type { Settings } from '../../shared/settings.ts'
import type { PaymentGateway } from './gateway.ts'
import { payOrder } from './payOrder.ts'

export interface PaymentDependencies {
  settings: Settings
  logger: Logger
  metrics: Metrics
  /** Of what logger and metrics write to. */
  together: LineWriter['together']
  producer: RecordProducer
  gateway: PaymentGateway
  outcomes: OutcomesTable
}

/** Topic `orders` -> topic `order_status`: each pending order is charged, once, and goes on as paid. */
export function paymentHandler(dependencies: PaymentDependencies): BatchHandler {
  const { settings, logger, metrics, together, producer, gateway, outcomes } = dependencies
  const gatewayTimeoutMs = settings.gateway.timeoutMs
  return batchHandler({
    logger,
    metrics,
    together,
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
}
