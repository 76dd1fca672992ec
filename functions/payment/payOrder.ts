import type { Work } from '../../shared/batch/batchHandler.ts'
import { headerText, type KafkaRecord } from '../../shared/batch/kafkaEvent.ts'
import type { OutgoingRecord } from '../../shared/kafka/producer.ts'
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
}

/**
 * Charges an order, unless it is charged already; the result belongs on the topic `order_status`, once more when it may be
 * there already.
 */
export async function payOrder(
  order: Order,
  record: KafkaRecord,
  attempt: Attempt,
  { gateway, gatewayTimeoutMs, outcomes }: PayOrderDependencies,
): Promise<Work> {
  const now = await once(outcomes, chargeOf(order), attempt, () =>
    chargeInTime(gateway, order, gatewayTimeoutMs),
  )
  const result: OutgoingRecord = {
    topic: 'order_status',
    key: record.key,
    value: encodeOrder({ ...order, status: 'paid' }),
    headers: headersOf(record),
  }
  return { result, repeated: !now }
}

function headersOf(record: KafkaRecord): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const name of TRACE_HEADERS) {
    const text = headerText(record, name)
    if (text !== undefined) headers[name] = text
  }
  return headers
}
