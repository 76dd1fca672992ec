import { v7 } from 'uuid'
import { encodeOrder } from '../../../shared/order.ts'
import { someRandomBytes } from '../../../shared/random.ts'
import { traceparentFrom } from '../../../shared/trace.ts'

export interface OrderRecord {
  key: string
  value: string
  headers: Record<string, string>
}

/** What createOrder writes for the orders of this benchmark, byte for byte but for what is new in each. */
export function orderRecord(): OrderRecord {
  const order_id = v7({ random: someRandomBytes(16) })
  return {
    key: order_id,
    value: encodeOrder({ order_id, customer: 'Ada Lovelace', amount: 12.5, status: 'pending' }),
    headers: {
      'content-type': 'application/json',
      traceparent: traceparentFrom(undefined),
      'correlation-id': 'request-1',
    },
  }
}
