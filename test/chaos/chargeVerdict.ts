import type { Evidence } from './evidence.ts'
import type { LedgerEntry } from './gatewayLedger.ts'

/** Why the gateway was called again for an order though it had charged it: the caller could not know or keep that. */
export type RepeatReason = 'failed after the charge' | 'never answered' | 'killed before the record'

/** A call that followed on a charge of the same order. */
export interface Repeat {
  id: string
  /** Whether it was charged again. */
  charged: boolean
  /** Undefined: nothing explains it. */
  reason: RepeatReason | undefined
}

/** The calls after an order's first charge. */
export function repeatsOf({ ledger, recordedAt, killedAt }: Evidence): Repeat[] {
  return [...Map.groupBy(ledger, ({ id }) => id)].flatMap(([id, calls]) => {
    const first = calls.findIndex(({ outcome }) => outcome === 'charged')
    if (first < 0) return []
    return calls.slice(first + 1).map((call, index) => {
      const before = calls[first + index] as LedgerEntry
      return {
        id,
        charged: call.outcome === 'charged',
        reason: reasonOf(before, call, recordedAt.get(id), killedAt),
      }
    })
  })
}

function reasonOf(
  before: LedgerEntry,
  call: LedgerEntry,
  recordedAt: number | undefined,
  killedAt: readonly number[],
): RepeatReason | undefined {
  if (before.status === 500) return 'failed after the charge'
  const killed = killedAt.some(
    (at) =>
      before.receivedAt <= at && at <= call.receivedAt && (recordedAt === undefined || at <= recordedAt),
  )
  if (killed) return 'killed before the record'
  return before.status === null ? 'never answered' : undefined
}

/** What is wrong with the charges, a line each. */
export function chargeFaults(evidence: Evidence): string[] {
  const { ledger, recordedAt, ignoreKeys } = evidence
  const late = ledger.filter(
    ({ id, receivedAt }) => receivedAt > (recordedAt.get(id) ?? Number.POSITIVE_INFINITY),
  )
  const unrecorded = new Set(
    ledger.filter(({ id, outcome }) => outcome === 'charged' && !recordedAt.has(id)).map(({ id }) => id),
  )
  const double = repeatsOf(evidence).filter(({ charged }) => charged)
  return [
    ...late.map(({ id, receivedAt }) => {
      const after = receivedAt - (recordedAt.get(id) ?? 0)
      return `order ${id} was asked for at the gateway ${after} ms after the table had its charge`
    }),
    ...[...unrecorded].map((id) => `order ${id} was charged, and the table has no record of it`),
    ...double
      .filter(({ reason }) => !ignoreKeys || reason === undefined)
      .map(({ id, reason }) => `order ${id} was charged twice: ${reason ?? 'nothing explains it'}`),
  ]
}
