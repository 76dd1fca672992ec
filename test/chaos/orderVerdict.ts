import type { Evidence } from './evidence.ts'
import type { SentOrder } from './load.ts'
import { orderOn } from './orderOnTopic.ts'

/**
 * What is wrong with the orders, a line each: whoever was promised something by a 202 was charged it once and told so. An
 * order that contradicts itself was charged one of its contents, and each other is a dead letter.
 */
export function orderFaults(evidence: Evidence): string[] {
  const charged = Map.groupBy(
    evidence.ledger.filter(({ outcome }) => outcome === 'charged'),
    ({ id }) => id,
  )
  const told = Map.groupBy(evidence.notifications, ({ orderId }) => orderId)
  const dead = deadOrders(evidence)
  const known = new Set(evidence.orders.map(({ orderId }) => orderId))

  const faults = evidence.orders.flatMap((order) => {
    const { orderId } = order
    const charges = (charged.get(orderId) ?? []).map(({ content }) => amountOf(content))
    const letters = dead.get(orderId) ?? []
    const name = `order ${orderId} of ${order.customer}`
    return [...order.faults, ...faultsOf(order, charges, letters, told.get(orderId) ?? [])].map(
      (fault) => `${name} ${fault}`,
    )
  })
  const strangers = [...charged.keys()].filter((id) => !known.has(id))
  return [...faults, ...strangers.map((id) => `order ${id} was charged, and nobody ordered it`)]
}

interface DeadOrder {
  amount: number
  condition: string
  reason: string | undefined
}

function faultsOf(
  { accepted, customer }: SentOrder,
  charges: readonly number[],
  letters: readonly DeadOrder[],
  told: readonly { customer: string }[],
): string[] {
  const conflicts = letters.filter(({ condition }) => condition === 'Conflict')
  const faults = letters
    .filter((letter) => letter.condition !== 'Conflict' || charges.includes(letter.amount))
    .map(({ condition, reason }) => `is good, and a dead letter: ${condition} ${reason ?? ''}`)
  for (const amount of accepted) {
    if (charges.includes(amount)) continue
    if (conflicts.some((letter) => letter.amount === amount)) continue
    // A dead letter of another condition is told above.
    if (letters.some((letter) => letter.amount === amount)) continue
    faults.push(`was accepted (amount ${amount}), and neither charged nor a dead letter`)
  }
  if (new Set(charges).size > 1) faults.push(`was charged with ${charges.join(' and ')}`)
  if (accepted.length > 0 && charges.length > 0 && told.length === 0)
    faults.push('was charged, and its customer never told')
  if (told.length > 0 && charges.length === 0) faults.push('was never charged, and its customer told')
  if (told.some((notification) => notification.customer !== customer)) faults.push('was told to another')
  return faults
}

function deadOrders({ deadLetters }: Evidence): Map<string, DeadOrder[]> {
  const dead = new Map<string, DeadOrder[]>()
  for (const { record, condition, reason } of deadLetters) {
    const order = record && orderOn(record)
    if (!order) continue
    const { order_id, amount } = order
    dead.set(order_id, [...(dead.get(order_id) ?? []), { amount, condition, reason }])
  }
  return dead
}

const amountOf = (content: string): number => (JSON.parse(content) as { amount: number }).amount
