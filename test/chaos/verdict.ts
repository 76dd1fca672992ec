import { chargeFaults, type RepeatReason, repeatsOf } from './chargeVerdict.ts'
import type { Evidence } from './evidence.ts'
import { garbageFaults } from './garbageVerdict.ts'
import { orderFaults } from './orderVerdict.ts'
import { placeOf } from './topicRecords.ts'

/** What a run comes to; it has passed when there are no faults. */
export interface Verdict {
  /** A line each. */
  faults: string[]
  figures: Figures
}

/** Counts, in the order that they are told in. */
export interface Figures {
  orders: number
  accepted: number
  /** Their requests contradict each other. */
  contradicted: number
  charged: number
  chargedTwice: number
  gatewayCalls: number
  repeatedCalls: Record<RepeatReason | 'unexplained', number>
  notifiedOnce: number
  notifiedMore: number
  /** From the 202 to the notification, in seconds. */
  slowestNotification: number
  medianNotification: number
  garbage: number
  deadLetters: number
  deadMoreThanOnce: number
  conflicts: number
}

export function judge(evidence: Evidence): Verdict {
  const lag = Object.entries(evidence.lag).filter(([, records]) => records !== 0)
  return {
    faults: [
      ...orderFaults(evidence),
      ...chargeFaults(evidence),
      ...garbageFaults(evidence),
      ...lag.map(([group, records]) => `${group} has not committed ${records} records`),
    ],
    figures: figuresOf(evidence),
  }
}

function figuresOf(evidence: Evidence): Figures {
  const { orders, ledger, notifications, deadLetters, garbage } = evidence
  const accepted = orders.filter((order) => order.accepted.length > 0)
  const chargesOf = countBy(ledger.filter(({ outcome }) => outcome === 'charged').map(({ id }) => id))
  const told = [...countBy(notifications.map(({ orderId }) => orderId)).values()]
  const lettersOf = countBy(deadLetters.map(({ place }) => place))
  const waits = notificationWaits(evidence)
  const repeatedCalls = {
    'failed after the charge': 0,
    'never answered': 0,
    'killed before the record': 0,
    'the table did not take the record': 0,
    unexplained: 0,
  }
  for (const { reason } of repeatsOf(evidence)) repeatedCalls[reason ?? 'unexplained'] += 1
  return {
    orders: orders.length,
    accepted: accepted.length,
    contradicted: accepted.filter((order) => order.accepted.length > 1).length,
    charged: chargesOf.size,
    chargedTwice: [...chargesOf.values()].filter((count) => count > 1).length,
    gatewayCalls: ledger.length,
    repeatedCalls,
    notifiedOnce: told.filter((count) => count === 1).length,
    notifiedMore: told.filter((count) => count > 1).length,
    slowestNotification: (waits.at(-1) ?? 0) / 1_000,
    medianNotification: (waits[waits.length >> 1] ?? 0) / 1_000,
    garbage: garbage.length,
    deadLetters: deadLetters.length,
    deadMoreThanOnce: garbage.filter((record) => (lettersOf.get(placeOf(record)) ?? 0) > 1).length,
    conflicts: deadLetters.filter(({ condition }) => condition === 'Conflict').length,
  }
}

/** From the first 202 to the first notification, shortest first, in milliseconds. */
function notificationWaits({ orders, notifications }: Evidence): number[] {
  const first = new Map<string, number>()
  for (const { orderId, seenAt } of notifications) {
    if (!first.has(orderId)) first.set(orderId, seenAt)
  }
  return orders
    .flatMap(({ orderId, acceptedAt }) => {
      const seenAt = first.get(orderId)
      return acceptedAt === undefined || seenAt === undefined ? [] : [Math.max(0, seenAt - acceptedAt)]
    })
    .sort((a, b) => a - b)
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
