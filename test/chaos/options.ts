import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

export interface ChaosOptions {
  orders: number
  /** Orders a second. */
  rate: number
  /** Decides what is sent, and what fails when. */
  seed: string
  short: boolean
  /** The gateway charges every call, whatever its key. */
  ignoreKeys: boolean
  /** The figures as JSON on stdout, and the progress on stderr. */
  json: boolean
}

export const USAGE = `npm run test:chaos -- [--short] [--orders <count>] [--rate <orders a second>] [--seed <text>]
                       [--ignore-keys] [--json]`

/** @throws Error that says which option is wrong */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      'ignore-keys': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const { short } = values
  return {
    orders: wholeAbove0('orders', values.orders, short ? 1_500 : 20_000),
    rate: wholeAbove0('rate', values.rate, 25),
    seed: values.seed ?? String(randomInt(1_000_000)),
    short,
    ignoreKeys: values['ignore-keys'],
    json: values.json,
  }
}

/** What repeats a run. */
export const commandLine = ({ short, orders, rate, seed, ignoreKeys }: ChaosOptions): string =>
  [
    ...(short ? ['--short'] : []),
    ...['--orders', orders, '--rate', rate, '--seed', seed],
    ...(ignoreKeys ? ['--ignore-keys'] : []),
  ].join(' ')

function wholeAbove0(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} must be a whole number above 0, and is ${text}`)
  return Number(text)
}
