import type { ChaosRun } from './chaosRun.ts'
import type { Figures, Verdict } from './verdict.ts'

/** A figure by its name, as it is printed. */
export type Rows = Record<string, string | number>

const seconds = (value: number) => `${value.toFixed(1)} s`

/** The figures of a run in the order that they are told in. */
export function reportRows(
  { answers, loadSeconds, drainSeconds, evidence }: ChaosRun,
  figures: Figures,
): Rows {
  const count = (status: number) => answers.get(status) ?? 0
  return {
    orders: figures.orders,
    accepted: figures.accepted,
    'contradicting themselves': figures.contradicted,
    'answers 202 / 503 / none': `${count(202)} / ${count(503)} / ${count(0)}`,
    charged: figures.charged,
    'charged twice': figures.chargedTwice,
    'calls of the gateway': figures.gatewayCalls,
    ...Object.fromEntries(
      Object.entries(figures.repeatedCalls).map(([reason, calls]) => [`called again: ${reason}`, calls]),
    ),
    'notified once': figures.notifiedOnce,
    'notified more than once': figures.notifiedMore,
    '202 to notification, median': seconds(figures.medianNotification),
    '202 to notification, longest': seconds(figures.slowestNotification),
    'garbage written': figures.garbage,
    'dead letters': figures.deadLetters,
    'garbage that is there twice': figures.deadMoreThanOnce,
    conflicts: figures.conflicts,
    lag: Object.values(evidence.lag).reduce((sum, records) => sum + records, 0),
    'kills of serverless offline': evidence.killedAt.length,
    load: seconds(loadSeconds),
    'until all was done': seconds(drainSeconds),
    'orders a second': Number((figures.accepted / loadSeconds).toFixed(1)),
  }
}

export function tableOf(rows: Rows): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length))
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(width)}  ${String(value).padStart(16)}`)
    .join('\n')
}

/** The faults with their number; only the first ones where there are many. */
export function faultsText({ faults, figures }: Verdict, most = 30): string {
  if (faults.length === 0) {
    const twice =
      figures.chargedTwice === 0
        ? 'none was charged twice'
        : 'each that was charged twice was so for want of keys at the gateway'
    return `No accepted order was lost, and ${twice}.`
  }
  const left = faults.length - most
  return [
    `${faults.length} faults:`,
    ...faults.slice(0, most).map((fault) => `- ${fault}`),
    ...(left > 0 ? [`and ${left} more`] : []),
  ].join('\n')
}
