/** A way that orders go, from whoever sends them to the line that tells their customer. */
export interface OrderPath {
  /** Resolves when the order is taken. The customer's name is the order's: no two have the same. */
  send(customer: string): Promise<void>
  close(): Promise<void>
}

/** Hears of each customer that is told, at that moment. */
export type Told = (customer: string) => void
