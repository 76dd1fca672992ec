import { seededRandom } from './random.ts'

/** One order as its client means to send it. */
export interface PlannedOrder {
  /** Different for each order, and in everything that is told of it. */
  customer: string
  /** What the client sends along so that it may send the order again. */
  identity: { orderId: string } | { idempotencyKey: string }
  /** In milliseconds from the begin of the load. */
  atMs: number
  requests: readonly [PlannedRequest, ...PlannedRequest[]]
}

/** A further request repeats the order, or contradicts it with another amount. */
export interface PlannedRequest {
  /** After the order's own time. */
  afterMs: number
  amount: number
}

/** Of all orders. */
const REPEATED = 0.05
const CONFLICTING = 0.001
const LEAST_CONFLICTS = 3
/** Of all orders, the ones that are known by a key and get their id from the service. */
const WITH_KEY = 0.3
/** Half of the further requests come with the first one, the others up to so much later. */
const LATEST_REPEAT_MS = 15_000

export interface OrderPlanOptions {
  orders: number
  /** Orders a second. */
  rate: number
  seed: string
}

/** The orders of a run in the order of their times, at a steady rate. */
export function planOrders({ orders, rate, seed }: OrderPlanOptions): PlannedOrder[] {
  const random = seededRandom(`${seed} orders`)
  const conflicts = Math.max(LEAST_CONFLICTS, Math.round(orders * CONFLICTING))
  const betweenConflicts = Math.max(1, Math.floor(orders / conflicts))
  return Array.from({ length: orders }, (_, index) => {
    const customer = `c-${index}`
    const cents = random.integer(1, 100_000)
    const amount = cents / 100
    const requests: [PlannedRequest, ...PlannedRequest[]] = [{ afterMs: 0, amount }]
    const further = () => (random.chance(0.5) ? 0 : random.between(100, LATEST_REPEAT_MS))
    if (random.chance(REPEATED)) requests.push({ afterMs: further(), amount })
    if (index % betweenConflicts === betweenConflicts - 1)
      requests.push({ afterMs: further(), amount: (cents + 1) / 100 })
    return {
      customer,
      identity: random.chance(WITH_KEY)
        ? { idempotencyKey: `key-${seed}-${index}` }
        : { orderId: `order-${seed}-${index}` },
      atMs: (index * 1_000) / rate,
      requests,
    }
  })
}
