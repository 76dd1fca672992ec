import { batchHandler } from '../../shared/batch/batchHandler.ts'
import { createLogger } from '../../shared/logger.ts'
import { createMetrics } from '../../shared/metrics.ts'
import { decodeOrder } from '../../shared/order.ts'
import { readSettings } from '../../shared/settings.ts'
import { logNotifier, terminalNotifier } from './notifier.ts'
import { notifyCustomer } from './notifyCustomer.ts'

const settings = readSettings()
const logger = createLogger({ function: 'notification', format: settings.logFormat })
const notifier = settings.local ? terminalNotifier : logNotifier(logger)

/** Topic `order_status` -> the customer: one notification for each paid order. */
export const handler = batchHandler({
  logger,
  metrics: createMetrics({ format: settings.logFormat }),
  doneMetric: 'OrdersNotified',
  decode: (record) => decodeOrder(record.value, 'paid'),
  keyOf: (order) => order.order_id,
  process: async (order, record) => {
    await notifyCustomer(order, record, { notifier })
    return undefined
  },
  concurrency: settings.batchConcurrency,
  longestRecordMs: 0,
})
