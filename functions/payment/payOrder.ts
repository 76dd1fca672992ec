import { headerText, type KafkaRecord } from '../../shared/batch/kafkaEvent.ts'
import type { OutgoingRecord } from '../../shared/kafka/producer.ts'
import { encodeOrder, type Order } from '../../shared/order.ts'
import { TRACE_HEADERS } from '../../shared/trace.ts'
import type { PaymentGateway } from './gateway.ts'

export interface PayOrderDependencies {
  gateway: PaymentGateway
}

/** Charges an order; what is returned belongs on the topic `order_status`. */
export async function payOrder(
  order: Order,
  record: KafkaRecord,
  { gateway }: PayOrderDependencies,
): Promise<OutgoingRecord> {
  await gateway.charge(order, order.order_id)
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
