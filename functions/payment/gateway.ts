import { setTimeout as pause } from 'node:timers/promises'
import type { Order } from '../../shared/order.ts'

/** Takes the money for orders. */
export interface PaymentGateway {
  /**
   * Charges the order's amount, once for each idempotency key however often it is called.
   * @throws RetryableError when it may succeed later
   * @throws PermanentError when the payment is declined
   */
  charge(order: Order, idempotencyKey: string): Promise<void>
}

/**
 * A gateway that only takes its time: 0, 1 or 2 s at random.
 * @param maxDelayMs the most that it takes, in milliseconds; 0 switches the pause off
 */
export function simulatedGateway(maxDelayMs: number): PaymentGateway {
  return {
    async charge() {
      const delayMs = Math.min(1_000 * Math.floor(Math.random() * 3), maxDelayMs)
      if (delayMs > 0) await pause(delayMs)
    },
  }
}
