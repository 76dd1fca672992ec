import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../../../shared/deadline.ts'
import type { OrderPath } from './orderPath.ts'
import type { Telling } from './Telling.ts'

/** Of one order, in milliseconds from its sending. */
export interface Journey {
  takenMs: number
  toldMs: number
}

/** Before each order that is measured, by chance: in step with the polls of a consumer, each would meet the same moment of one. */
const PAUSE_MS = { from: 10, to: 30 }
/** After it was taken. */
const LOST_AFTER_MS = 30_000

/** One order after the other, each when the customer of the last was told and a pause is over. */
export async function journeys(path: OrderPath, telling: Telling, orders: number): Promise<Journey[]> {
  const made: Journey[] = []
  for (let sent = 0; sent < orders; sent++) {
    await pause(PAUSE_MS.from + Math.random() * (PAUSE_MS.to - PAUSE_MS.from))
    made.push(await journey(path, telling))
  }
  return made
}

/** The same without pauses and times. */
export async function warmUp(path: OrderPath, telling: Telling, orders: number): Promise<void> {
  for (let sent = 0; sent < orders; sent++) await journey(path, telling)
}

async function journey(path: OrderPath, telling: Telling): Promise<Journey> {
  const customer = telling.newCustomer()
  const toldAt = telling.of(customer)
  const sentAt = performance.now()
  await path.send(customer)
  const takenMs = performance.now() - sentAt
  const toldMs = (await within(LOST_AFTER_MS, toldAt, () => new Error(`${customer} was not told`))) - sentAt
  return { takenMs, toldMs }
}
