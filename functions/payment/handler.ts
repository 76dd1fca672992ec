import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import { createLineWriter, createLogger } from '../../shared/logger.ts'
import { createMetrics } from '../../shared/metrics.ts'
import { openOutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import { readSettings } from '../../shared/settings.ts'
import { openGateway } from './gateway.ts'
import { paymentHandler } from './paymentHandler.ts'

const settings = readSettings()
const { write, together } = createLineWriter()

/** Topic `orders` -> topic `order_status`. */
export const handler = paymentHandler({
  settings,
  logger: createLogger({ function: 'payment', format: settings.logFormat, write }),
  metrics: createMetrics({ format: settings.logFormat, write }),
  together,
  producer: createProducer({ clientId: 'payment', kafka: settings.kafka }),
  gateway: openGateway(settings),
  outcomes: openOutcomesTable({ settings: settings.outcomes, connections: settings.batchConcurrency }),
})
