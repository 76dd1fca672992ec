/** One call of the gateway as it stands in the ledger, a line of JSON each. Times are epoch milliseconds. */
export interface LedgerEntry {
  /** The idempotency key, decoded: the order's id. */
  id: string
  /** The body. */
  content: string
  receivedAt: number
  /** When it was decided. */
  at: number
  outcome: ChargeOutcome
  /** What the caller was answered; null when it got no answer, or was gone by then. */
  status: number | null
}

/**
 * charged: money was taken. repeated: the key's charge was made before. conflict: the key's charge was another one.
 * failed: the call failed before anything was charged.
 */
export type ChargeOutcome = 'charged' | 'repeated' | 'conflict' | 'failed'

/** Remembers the charge of each key, as a gateway does that honours them. */
export class Charges {
  readonly #contents = new Map<string, string>()
  readonly #ignoreKeys: boolean

  constructor({ ignoreKeys }: { ignoreKeys: boolean }) {
    this.#ignoreKeys = ignoreKeys
  }

  charge(id: string, content: string): Exclude<ChargeOutcome, 'failed'> {
    const before = this.#contents.get(id)
    if (before === undefined || this.#ignoreKeys) {
      this.#contents.set(id, content)
      return 'charged'
    }
    return before === content ? 'repeated' : 'conflict'
  }
}

/** @throws SyntaxError for a line that is no JSON */
export const readLedger = (text: string): LedgerEntry[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerEntry)
