import { median } from './statistics.ts'

/** What a comparison is to show, and whether it did in this run. */
export interface Goal {
  text: string
  reached: boolean
}

/** One comparison, made in one run. Several values of a contestant are those of several rounds, in their order. */
export interface BenchRow {
  what: string
  unit: string
  /** By name; what the others are compared with comes first. */
  contestants: Readonly<Record<string, readonly number[]>>
  /** Last against first, round by round. */
  ratio?: readonly number[]
  goal?: Goal
  /** What a reader has to know to take the figures rightly, on one line. */
  note?: string
}

/** The rows of a run; prints each as it comes, so that a long run shows how far it is. */
export class BenchTable {
  readonly rows: (BenchRow & { bench: string })[] = []
  /** The benchmark that writes now. */
  bench = ''
  readonly #print: (text: string) => void

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  row(row: BenchRow): void {
    this.rows.push({ bench: this.bench, ...row })
    this.#print(`${row.what}, ${row.unit}`)
    for (const [name, values] of Object.entries(row.contestants)) this.#print(line(name, values))
    const { ratio, goal, note } = row
    const verdict = goal && `   to reach: ${goal.text}: ${goal.reached ? 'reached' : 'NOT reached'}`
    if (ratio !== undefined) this.#print(`${line('ratio', ratio)}${verdict ?? ''}`)
    else if (verdict !== undefined) this.#print(` ${verdict}`)
    if (note !== undefined) this.#print(`    ${note}`)
  }

  /** Something beside the rows: where a plot was written, what is being prepared. */
  say(text: string): void {
    this.#print(text)
  }
}

/** The median, and the rounds that it is of. */
function line(name: string, values: readonly number[]): string {
  const spread = values.length > 1 ? `   (${values.map(figure).join('  ')})` : ''
  return `  ${name.padEnd(28)}${figure(median(values)).padStart(9)}${spread}`
}

const figure = (value: number): string =>
  value >= 1_000 ? String(Math.round(value)) : value >= 100 ? value.toFixed(0) : value.toFixed(2)
