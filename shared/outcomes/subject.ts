import { hash } from 'node:crypto'
import type { Order } from '../order.ts'

/** What is to happen once only, and the names of its states in the table. */
export interface Subject {
  /** Key of its item. */
  id: string
  /** Tells whether a repetition asks for the same: a hash, so that no customer's data is in the table. */
  content: string
  states: { begun: string; done: string; refused: string }
}

/** The charge of an order, whatever record asks for it. */
export const chargeOf = (order: Order): Subject => ({
  id: `charge/${keyPart(order.order_id)}`,
  content: contentOf(order),
  states: { begun: 'charging', done: 'charged', refused: 'declined' },
})

/** The notification of one status of an order. */
export const notificationOf = (order: Order): Subject => ({
  id: `notification/${keyPart(order.order_id)}/${order.status}`,
  content: contentOf(order),
  states: { begun: 'notifying', done: 'notified', refused: 'refused' },
})

/** What the gateway knows the charge of an order by: the order's id, or its hash where that would not fit into a header. */
export const idempotencyKeyOf = ({ order_id }: Order): string => keyPart(order_id)

const HASHED = 'sha256/'
/** UTF-16 units. A key of DynamoDB has 2,048 bytes at most. */
const LONGEST_KEY_PART = 512

/** The order's id where it fits. Other programs may choose any text. */
function keyPart(orderId: string): string {
  const asItIs = orderId.length <= LONGEST_KEY_PART && !orderId.startsWith(HASHED)
  return asItIs ? orderId : HASHED + sha256(orderId)
}

const contentOf = ({ customer, amount }: Order): string => sha256(JSON.stringify([customer, amount]))

const sha256 = (text: string): string => hash('sha256', text, 'base64url')
