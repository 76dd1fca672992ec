import { headerText, type KafkaRecord } from '../../shared/batch/kafkaEvent.ts'
import type { Order } from '../../shared/order.ts'
import type { Notifier } from './notifier.ts'

export interface NotifyCustomerDependencies {
  notifier: Notifier
}

/** Tells the customer the status of the order. */
export async function notifyCustomer(
  order: Order,
  record: KafkaRecord,
  { notifier }: NotifyCustomerDependencies,
): Promise<void> {
  await notifier.notify(order, {
    order_id: order.order_id,
    'correlation-id': headerText(record, 'correlation-id'),
  })
}
