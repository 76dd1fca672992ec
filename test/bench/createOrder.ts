import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { testKafka } from '../helpers/topics.ts'
import type { Bench } from './bench.ts'
import { bundleEnvironments } from './createOrder/bundleEnvironments.ts'
import { type EnvironmentsOptions, startEnvironments } from './createOrder/environments.ts'
import { median, percentile, ratios } from './statistics.ts'

const ROUNDS = 3
const BLOCKS_A_ROUND = 10
/** The first ones of a block, before which the process had nothing to do, do not count. */
const BLOCK = { orders: 105, untimed: 5 }
const WARM_UP = { orders: 1_000, untimed: 1_000 }

/** The warm handler of createOrder against one `send` of what it writes, one order at a time. */
export const createOrder: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  await kafka.createTopic('orders')
  const folder = started.adopt(temporaryFolder(), removeFolder)
  const bundle = await bundleEnvironments(1, folder)
  const measure = (blocks: number) =>
    measureRound(
      [
        { contestant: 'raw', environments: 1, brokers },
        { contestant: { bundle }, environments: 1, brokers },
        { contestant: { bundle }, environments: 1, brokers, output: 'pipe' },
      ],
      blocks,
    )

  const rounds: Times[][] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    rounds.push(await measure(quick ? 4 : BLOCKS_A_ROUND))
  }

  for (const [name, share, most] of [
    ['p50', 0.5, 1.15],
    ['p99', 0.99, 1.3],
  ] as const) {
    const of = (contestant: number) => rounds.map((times) => percentile(times[contestant] ?? [], share))
    const [ofRaw, ofHandler, ofPiped] = [of(0), of(1), of(2)]
    const ratio = ratios(ofHandler, ofRaw)
    table.row({
      what: `createOrder, one order at a time, ${name}`,
      unit: 'ms',
      contestants: { 'KafkaJS: send': ofRaw, 'the warm handler': ofHandler },
      ratio,
      goal: { text: `at most ${most}`, reached: median(ratio) <= most },
      note: 'the bundle; the same record and partitioner; a process each, new ones each round; logs go to /dev/null',
    })
    table.row({
      what: `createOrder, the same with its logs read by another process, ${name}`,
      unit: 'ms',
      contestants: { 'logs to /dev/null': ofHandler, 'logs to a pipe': ofPiped },
      ratio: ratios(ofPiped, ofHandler),
    })
  }
}

/** Of each order, in milliseconds. */
type Times = number[]

/** Each contestant in a process of its own: which code is compiled when, and what lies where, differs from one to the next. */
async function measureRound(contestants: readonly EnvironmentsOptions[], blocks: number): Promise<Times[]> {
  await using started = new AsyncDisposableStack()
  const running = []
  for (const options of contestants) {
    const environments = started.adopt(await startEnvironments(options), (open) => open.close())
    await environments.work(WARM_UP)
    running.push({ environments, times: [] as Times })
  }
  for (let block = 0; block < blocks; block++) {
    // In turn and by small blocks: what changes on the machine meanwhile hits all.
    for (const { environments, times } of block % 2 === 0 ? running : running.toReversed()) {
      times.push(...(await environments.work(BLOCK)).times)
    }
  }
  return running.map(({ times }) => times)
}
