import type { Order } from '../../shared/order.ts'

/** A pending order; `changes` show what matters to a test. */
export const anOrder = (order_id: string, changes: Partial<Order> = {}): Order => ({
  order_id,
  customer: 'Ada',
  amount: 12.5,
  status: 'pending',
  ...changes,
})

/** The record value that the Go services write: another field order, and a field of their own. */
export const asGoWrites = ({ order_id, customer, amount, status }: Order): string =>
  JSON.stringify({ status, amount, customer, order_id, source: 'go' })
