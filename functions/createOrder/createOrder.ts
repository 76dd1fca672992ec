import { deadlineIn } from '../../shared/deadline.ts'
import { KafkaUnavailableError } from '../../shared/errors.ts'
import { HttpProblem } from '../../shared/http/problem.ts'
import type { RecordProducer } from '../../shared/kafka/producer.ts'
import { encodeOrder, type Order } from '../../shared/order.ts'
import { orderIdFor, type RequestIdentity } from './orderId.ts'
import type { OrderRequest } from './orderRequest.ts'

/** What one request brings along besides the order itself. */
export interface RequestContext extends RequestIdentity {
  traceparent: string
  correlationId: string
}

export interface CreateOrderDependencies {
  producer: RecordProducer
  /** For all of Kafka's part, in milliseconds. */
  deadlineMs: number
}

const RETRY_AFTER_SECONDS = 2

/**
 * Writes a new order to the topic `orders`.
 * @returns the order, once the brokers have acknowledged it
 * @throws HttpProblem 503 when they have not in time; the order may or may not be there then
 */
export async function createOrder(
  request: OrderRequest,
  context: RequestContext,
  { producer, deadlineMs }: CreateOrderDependencies,
): Promise<Order> {
  const order: Order = {
    order_id: request.order_id ?? orderIdFor(context),
    customer: request.customer,
    amount: request.amount,
    status: 'pending',
  }
  const record = {
    topic: 'orders',
    key: order.order_id,
    value: encodeOrder(order),
    headers: {
      'content-type': 'application/json',
      traceparent: context.traceparent,
      'correlation-id': context.correlationId,
    },
  }
  try {
    await producer.send([record], deadlineIn(deadlineMs))
  } catch (error) {
    if (!(error instanceof KafkaUnavailableError)) throw error
    throw new HttpProblem(
      503,
      'The order could not be confirmed in time and may or may not be taken. Send it again with the same ' +
        'Idempotency-Key or order_id.',
      { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) }, cause: error },
    )
  }
  return order
}
