/** One comparison. Several values of a contestant are those of several rounds, in their order. */
export type BenchRow = {
  readonly what: string
  readonly unit: string
  readonly raw?: readonly number[]
  readonly floor?: readonly number[]
  readonly mapping: readonly number[]
  readonly ratio?: readonly number[]
  readonly toReach?: string
}

/** The rows of a run; prints each as it comes, so that a long run shows how far it is. */
export class BenchTable {
  readonly rows: BenchRow[] = []
  readonly #print: (text: string) => void

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  row(row: BenchRow): void {
    this.rows.push(row)
    this.#print(`${row.what}, ${row.unit}`)
    for (const name of ['raw', 'floor', 'mapping', 'ratio'] as const) {
      const values = row[name]
      if (values === undefined) continue
      const rounds = values.length > 1 ? `   (${values.map(figure).join('  ')})` : ''
      const target = name === 'ratio' && row.toReach !== undefined ? `   to reach: ${row.toReach}` : ''
      this.#print(`  ${name.padEnd(8)}${figure(median(values)).padStart(9)}${rounds}${target}`)
    }
    if (row.ratio === undefined && row.toReach !== undefined) this.#print(`  to reach: ${row.toReach}`)
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]]
  return (low + high) / 2
}

const figure = (value: number): string =>
  value >= 1_000 ? String(Math.round(value)) : value >= 100 ? value.toFixed(0) : value.toFixed(2)
