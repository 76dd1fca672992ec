import { headerText, type KafkaRecord } from '../../shared/batch/kafkaEvent.ts'
import type { OutgoingRecord } from '../../shared/kafka/producer.ts'
import type { Logger } from '../../shared/logger.ts'
import { encodeOrder, type Order } from '../../shared/order.ts'
import { type Attempt, once } from '../../shared/outcomes/once.ts'
import type { OutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import { chargeOf } from '../../shared/outcomes/subject.ts'
import { TRACE_HEADERS } from '../../shared/trace.ts'
import { chargeInTime, type PaymentGateway } from './gateway.ts'

export interface PayOrderDependencies {
  gateway: PaymentGateway
  /** For one call of the gateway, in milliseconds. */
  gatewayTimeoutMs: number
  outcomes: OutcomesTable
  logger: Logger
}

/**
 * Charges an order, unless it is charged already; what is returned belongs on the topic `order_status`, once more when it
 * may be there already.
 */
export async function payOrder(
  order: Order,
  record: KafkaRecord,
  attempt: Attempt,
  { gateway, gatewayTimeoutMs, outcomes, logger }: PayOrderDependencies,
): Promise<OutgoingRecord> {
  const now = await once(outcomes, chargeOf(order), attempt, () =>
    chargeInTime(gateway, order, gatewayTimeoutMs),
  )
  if (!now) logger.info('the order was charged before', { order_id: order.order_id })
  return {
    topic: 'order_status',
    key: record.key,
    value: encodeOrder({ ...order, status: 'paid' }),
    headers: { 'content-type': 'application/json', ...traceHeadersOf(record) },
  }
}

function traceHeadersOf(record: KafkaRecord): Record<string, string> {
  return Object.fromEntries(
    TRACE_HEADERS.flatMap((name) => {
      const text = headerText(record, name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}
