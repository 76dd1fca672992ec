import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import { createLineWriter, createLogger } from '../../shared/logger.ts'
import { createMetrics } from '../../shared/metrics.ts'
import { openOutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import { readSettings } from '../../shared/settings.ts'
import { notificationHandler } from './notificationHandler.ts'
import { logNotifier, terminalNotifier } from './notifier.ts'

const settings = readSettings()
const { write, together } = createLineWriter()
const logger = createLogger({ function: 'notification', format: settings.logFormat, write })

/** Topic `order_status` -> the customer. */
export const handler = notificationHandler({
  settings,
  logger,
  metrics: createMetrics({ format: settings.logFormat, write }),
  together,
  producer: createProducer({ clientId: 'notification', kafka: settings.kafka }),
  notifier: settings.local ? terminalNotifier : logNotifier(logger),
  outcomes: openOutcomesTable({ settings: settings.outcomes, connections: settings.batchConcurrency }),
})
