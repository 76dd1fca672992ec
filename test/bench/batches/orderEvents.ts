import { encodeOrder } from '../../../shared/order.ts'
import { kafkaEvent, type RecordContent } from '../../helpers/kafkaEvents.ts'

/** As many as the topics have. */
const PARTITIONS = 3

/**
 * Makes events one after the other, of orders that no other one has: about 150 bytes each. On `orders` they have neither key
 * nor header, as the Go services write them; on `order_status` the header that payment adds.
 */
export function orderEvents(topic: 'orders' | 'order_status'): (records: number) => OrderEvent {
  const run = `${Date.now()}-${process.pid}`
  const headers: RecordContent['headers'] = topic === 'orders' ? [] : [['content-type', 'application/json']]
  let orders = 0
  let offset = 0
  const nextOrder = (): RecordContent => ({
    value: encodeOrder({
      order_id: `order-${run}-${String(orders++).padStart(20, '0')}`.padEnd(59, '-'),
      customer: 'Ada Lovelace of Marylebone',
      amount: 1_234.56,
      status: topic === 'orders' ? 'pending' : 'paid',
    }),
    headers,
  })
  return (records) => {
    const ofPartition = (partition: number) => Math.floor((records + partition) / PARTITIONS)
    const contents = Array.from({ length: PARTITIONS }, (_, partition) => [
      `${topic}-${partition}`,
      Array.from({ length: ofPartition(partition) }, nextOrder),
    ])
    const event = kafkaEvent(Object.fromEntries(contents), offset)
    offset += records
    return event
  }
}

export type OrderEvent = ReturnType<typeof kafkaEvent>
