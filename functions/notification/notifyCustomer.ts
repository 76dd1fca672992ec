import type { Work } from '../../shared/batch/batchHandler.ts'
import { headerText, type KafkaRecord } from '../../shared/batch/kafkaEvent.ts'
import type { Order } from '../../shared/order.ts'
import { type Attempt, once } from '../../shared/outcomes/once.ts'
import type { OutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import { notificationOf } from '../../shared/outcomes/subject.ts'
import type { Notifier } from './notifier.ts'

export interface NotifyCustomerDependencies {
  notifier: Notifier
  outcomes: OutcomesTable
}

/** Tells the customer the status of the order, unless that was told already. */
export async function notifyCustomer(
  order: Order,
  record: KafkaRecord,
  attempt: Attempt,
  { notifier, outcomes }: NotifyCustomerDependencies,
): Promise<Work> {
  const trace = { order_id: order.order_id, 'correlation-id': headerText(record, 'correlation-id') }
  const now = await once(outcomes, notificationOf(order), attempt, () => notifier.notify(order, trace))
  return { repeated: !now }
}
