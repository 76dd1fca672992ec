import type { LogFields, Logger } from '../../shared/logger.ts'
import type { Order } from '../../shared/order.ts'
import { onOneLine } from '../../shared/text.ts'

/** Tells customers what became of their orders. */
export interface Notifier {
  /** @param trace goes into the log with the notification, not to the customer */
  notify(order: Order, trace: LogFields): Promise<void>
}

/** The text that a customer reads, always on one line. */
export function notificationText({ customer, order_id, status }: Order): string {
  return onOneLine(`Notification sent to ${customer}: Your order #${order_id} is now ${status}`)
}

/** Writes the notification alone on its line to stdout, for a developer's terminal. */
export const terminalNotifier: Notifier = {
  notify: (order) =>
    new Promise((resolve, reject) => {
      // Told is only what has left the process: it is recorded next, and not told again.
      process.stdout.write(`${notificationText(order)}\n`, (error) => (error ? reject(error) : resolve()))
    }),
}

/** Writes the notification as the message of a log record. */
export function logNotifier(logger: Logger): Notifier {
  return {
    async notify(order, trace) {
      logger.info(notificationText(order), trace)
    },
  }
}
