import type { BenchTable } from './BenchTable.ts'

export interface BenchRun {
  /** `host:port` of a Kafka that nothing else uses while the benchmark runs. */
  brokers: string
  table: BenchTable
  /** Fewer records and rounds: to see that it works, not for figures. */
  quick: boolean
  /** Where a benchmark that draws writes its plots; undefined: nowhere, none are wanted. */
  plotsFolder: string | undefined
}

/** One benchmark: measures contestants in turn, in one run, and writes a row for each comparison. Cleans up what it started. */
export type Bench = (run: BenchRun) => Promise<void>
