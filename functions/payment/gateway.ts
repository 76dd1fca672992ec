import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../../shared/deadline.ts'
import { GatewayUnavailableError } from '../../shared/errors.ts'
import type { Order } from '../../shared/order.ts'
import { idempotencyKeyOf } from '../../shared/outcomes/subject.ts'
import type { Settings } from '../../shared/settings.ts'
import { httpGateway } from './httpGateway.ts'

/** Takes the money for orders. */
export interface PaymentGateway {
  /**
   * Charges the order's amount, once for each idempotency key however often it is called.
   * @param signal ends the waiting for an answer
   * @throws GatewayUnavailableError when it may succeed later; the charge may or may not be made
   * @throws DeclinedError when the payment is declined for good
   */
  charge(order: Order, idempotencyKey: string, signal: AbortSignal): Promise<void>
}

/** The gateway that the settings name. */
export function openGateway({
  gateway,
  paymentMaxDelayMs,
}: Pick<Settings, 'gateway' | 'paymentMaxDelayMs'>): PaymentGateway {
  return gateway.url === undefined ? simulatedGateway(paymentMaxDelayMs) : httpGateway(gateway.url)
}

/**
 * Charges an order under its id. Ends within `timeoutMs` milliseconds, whatever the gateway does.
 * @throws as `PaymentGateway.charge` does
 */
export async function chargeInTime(gateway: PaymentGateway, order: Order, timeoutMs: number): Promise<void> {
  const abandoned = new AbortController()
  try {
    await within(
      timeoutMs,
      gateway.charge(order, idempotencyKeyOf(order), abandoned.signal),
      () => new GatewayUnavailableError(`The payment gateway gave no answer within ${timeoutMs} ms`),
    )
  } catch (error) {
    // Not after an answer, too: it makes an error with a stack, which takes longer than all the rest of an order.
    abandoned.abort()
    throw error
  }
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
