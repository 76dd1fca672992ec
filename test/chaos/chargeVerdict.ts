import type { Evidence } from './evidence.ts'
import type { LedgerEntry } from './gatewayLedger.ts'

/** Why the gateway was called again for an order though it had charged it: nobody knew that, or could record it. */
export type RepeatReason =
  | 'failed after the charge'
  | 'never answered'
  | 'killed before the record'
  | 'the table did not take the record'

/** As long as a claim lasts that a table does not renew: an order is taken up again when its record takes longer. */
const CLAIM_MS = 2_000

/** A call that followed on a charge of the same order. */
export interface Repeat {
  id: string
  /** Whether it was charged again. */
  charged: boolean
  /** Undefined: nothing explains it. */
  reason: RepeatReason | undefined
}

/** The calls after an order's first charge. */
export function repeatsOf(evidence: Evidence): Repeat[] {
  return [...Map.groupBy(evidence.ledger, ({ id }) => id)].flatMap(([id, calls]) => {
    const first = calls.findIndex(({ outcome }) => outcome === 'charged')
    if (first < 0) return []
    return calls.slice(first + 1).map((call, index) => ({
      id,
      charged: call.outcome === 'charged',
      reason: reasonOf(calls[first + index] as LedgerEntry, call, evidence),
    }))
  })
}

function reasonOf(
  before: LedgerEntry,
  { id, receivedAt }: LedgerEntry,
  { records, tableAway, killedAt }: Evidence,
): RepeatReason | undefined {
  if (before.status === 500) return 'failed after the charge'
  const recordedAt = records.recordedAt.get(id) ?? Number.POSITIVE_INFINITY
  const killed = killedAt.some((at) => before.receivedAt <= at && at <= Math.min(receivedAt, recordedAt))
  if (killed) return 'killed before the record'
  if (before.status === null) return 'never answered'
  const away = tableAway.some(({ from, to }) => from <= receivedAt && before.at <= to)
  const askedAt = records.askedAt.get(id) ?? receivedAt
  const slow = receivedAt - askedAt >= CLAIM_MS
  return away || slow ? 'the table did not take the record' : undefined
}

/** What is wrong with the charges, a line each. */
export function chargeFaults(evidence: Evidence): string[] {
  const { ledger, ignoreKeys } = evidence
  const { recordedAt } = evidence.records
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
