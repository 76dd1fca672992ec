import type { OrderRecord } from '../createOrder/orderRecord.ts'

/** What the benchmark asks of a client; each does it as its documentation says. */
export interface KafkaClient {
  /** All in one call, waiting for all in-sync replicas. */
  send(topic: string, records: OrderRecord[]): Promise<void>
  /** Reads a topic from its beginning until it has so many records. @returns milliseconds from joining the group on */
  drain(topic: string, records: number): Promise<number>
}

/** What the mapping's consumer has. */
export const MAX_WAIT_MS = 100

/** Of a drain. */
export class Stopwatch {
  readonly #records: number
  readonly #done = Promise.withResolvers<number>()
  #seen = 0
  #begunAt = Number.NaN

  constructor(records: number) {
    this.#records = records
  }

  /** Milliseconds, when all records were seen. */
  get tookMs(): Promise<number> {
    return this.#done.promise
  }

  begin(): void {
    this.#begunAt = performance.now()
  }

  saw(records: number): void {
    this.#seen += records
    if (this.#seen >= this.#records) this.#done.resolve(performance.now() - this.#begunAt)
  }
}
