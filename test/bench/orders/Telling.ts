/** Who is still to be told. */
export class Telling {
  readonly #waiting = new Map<string, (at: number) => void>()
  #customers = 0

  newCustomer(): string {
    this.#customers += 1
    return `customer-${this.#customers}`
  }

  /** For whatever prints the lines. A customer who is told twice counts once. */
  readonly told = (customer: string): void => {
    this.#waiting.get(customer)?.(performance.now())
    this.#waiting.delete(customer)
  }

  /** When the customer is told, by `performance.now()`; to be asked before the order is sent. */
  of(customer: string): Promise<number> {
    return new Promise((resolve) => this.#waiting.set(customer, resolve))
  }
}
