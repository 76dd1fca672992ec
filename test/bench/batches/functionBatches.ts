import { notificationHandler } from '../../../functions/notification/notificationHandler.ts'
import { logNotifier } from '../../../functions/notification/notifier.ts'
import { openGateway } from '../../../functions/payment/gateway.ts'
import { paymentHandler } from '../../../functions/payment/paymentHandler.ts'
import type { BatchHandler } from '../../../shared/batch/batchHandler.ts'
import { createProducer } from '../../../shared/kafka/kafkaJsProducer.ts'
import { createLineWriter, createLogger } from '../../../shared/logger.ts'
import { createMetrics } from '../../../shared/metrics.ts'
import { openOutcomesTable } from '../../../shared/outcomes/outcomesTable.ts'
import { readSettings } from '../../../shared/settings.ts'
import { aContext } from '../../helpers/lambda.ts'
import { openOutcomesTable as tableOff } from '../orders/tableOff.ts'
import type { OrderEvent } from './orderEvents.ts'

/** As serverless.yml has it. */
const TIMEOUT_MS = 840_000

/** A function that takes events; one whose records are not all done is an error. */
export function functionBatches(
  name: 'payment' | 'notification',
  store: boolean,
): (event: OrderEvent) => Promise<void> {
  const handler = handlerOf(name, store)
  return async (event) => {
    const { batchItemFailures } = await handler(event, aContext(TIMEOUT_MS))
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records are not done`)
  }
}

/** As its handler.ts wires it, but for the table where there is to be none. */
function handlerOf(name: 'payment' | 'notification', store: boolean): BatchHandler {
  const settings = readSettings()
  const { write, together } = createLineWriter()
  const logger = createLogger({ function: name, format: settings.logFormat, write })
  const dependencies = {
    settings,
    logger,
    metrics: createMetrics({ format: settings.logFormat, write }),
    together,
    producer: createProducer({ clientId: name, kafka: settings.kafka }),
    outcomes: store
      ? openOutcomesTable({ settings: settings.outcomes, connections: settings.batchConcurrency })
      : tableOff(),
  }
  return name === 'payment'
    ? paymentHandler({ ...dependencies, gateway: openGateway(settings) })
    : notificationHandler({ ...dependencies, notifier: logNotifier(logger) })
}
