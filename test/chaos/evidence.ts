import type { DeadLetter } from './deadLetter.ts'
import type { LedgerEntry } from './gatewayLedger.ts'
import type { SentOrder } from './load.ts'
import type { Notification } from './notifications.ts'
import type { ChargeRecords } from './tableGate.ts'
import type { RawRecord } from './topicRecords.ts'

/** All that a run has left behind, gathered when nothing moves any more. */
export interface Evidence {
  orders: readonly SentOrder[]
  ledger: readonly LedgerEntry[]
  records: ChargeRecords
  /** When the table was away. */
  tableAway: readonly { from: number; to: number }[]
  notifications: readonly Notification[]
  deadLetters: readonly DeadLetter[]
  /** Everything on `orders` and `order_status` that is not one of the orders. */
  garbage: readonly RawRecord[]
  /** Where garbage was acknowledged. */
  garbageWritten: readonly string[]
  /** When `serverless offline` was killed. */
  killedAt: readonly number[]
  /** Records that a consumer group has not committed, by its name and the partition. */
  lag: Readonly<Record<string, number>>
  ignoreKeys: boolean
}
