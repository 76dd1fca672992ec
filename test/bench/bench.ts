import type { BenchTable } from './BenchTable.ts'

/** One benchmark: measures contestants on a broker of the run and writes a row for each comparison. */
export type Bench = (run: {
  /** `host:port` of a Kafka that nothing else uses. */
  readonly brokers: string
  readonly table: BenchTable
  /** Fewer records and rounds: to see that it works, not for figures. */
  readonly quick: boolean
}) => Promise<void>
