import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { freePort } from '../helpers/freePort.ts'
import { inParallel } from '../helpers/postOrders.ts'
import { testKafka } from '../helpers/topics.ts'
import type { Bench } from './bench.ts'
import { bundleEnvironments } from './createOrder/bundleEnvironments.ts'
import { type Environments, type EnvironmentsOptions, startEnvironments } from './createOrder/environments.ts'
import { OrderClient } from './orders/OrderClient.ts'
import { median, ratios } from './statistics.ts'

const ENVIRONMENTS = 50
const ROUNDS = 4
const SLICES_A_ROUND = 6
const ORDERS_A_SLICE = 500
/** Until the compiler is done. */
const WARM_UP_ORDERS = 8_000

/** Many environments of createOrder at once, each with its own producer, against as many producers of KafkaJS alone. */
export const environments: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  await kafka.createTopic('orders')
  const folder = started.adopt(temporaryFolder(), removeFolder)
  const bundle = await bundleEnvironments(ENVIRONMENTS, folder)
  const start = async (settings: Pick<EnvironmentsOptions, 'contestant' | 'httpPort'>) =>
    started.adopt(await startEnvironments({ ...settings, environments: ENVIRONMENTS, brokers }), (running) =>
      running.close(),
    )
  const raw = await start({ contestant: 'raw' })
  const handler = await start({ contestant: { bundle } })
  const httpPort = await freePort()
  await start({ contestant: { bundle }, httpPort })
  const client = started.adopt(new OrderClient(`http://127.0.0.1:${httpPort}`, ENVIRONMENTS), (open) =>
    open.close(),
  )

  // All take the same orders; each says how many milliseconds they took it.
  const direct = (some: Environments) => async (orders: number) =>
    (await some.work({ orders, untimed: orders })).tookMs
  const throughHttp = async (orders: number) => {
    const begunAt = performance.now()
    await inParallel(orders, ENVIRONMENTS, () => client.send('Ada Lovelace'))
    return performance.now() - begunAt
  }
  const contestants = [direct(raw), direct(handler), throughHttp].map((take) => ({
    take,
    rates: [] as number[],
  }))

  for (const { take } of contestants) await take(quick ? 500 : WARM_UP_ORDERS)
  const slices = quick ? 1 : SLICES_A_ROUND
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const tookMs = contestants.map((): number[] => [])
    for (let slice = 0; slice < slices; slice++) {
      // In turn and by small slices: what changes on the machine meanwhile hits all.
      const order = [...contestants.entries()]
      for (const [index, { take }] of slice % 2 === 0 ? order : order.toReversed()) {
        tookMs[index]?.push(await take(ORDERS_A_SLICE))
      }
    }
    for (const [index, { rates }] of contestants.entries()) {
      // Of the slice in the middle, since what others do on the machine hits some.
      rates.push(ORDERS_A_SLICE / (median(tookMs[index] ?? []) / 1_000))
    }
  }

  const [ofRaw = [], ofHandler = [], ofHttp = []] = contestants.map(({ rates }) => rates)
  const ratio = ratios(ofHandler, ofRaw)
  table.row({
    what: `createOrder, ${ENVIRONMENTS} environments at once`,
    unit: 'orders/s',
    contestants: {
      [`${ENVIRONMENTS} KafkaJS producers`]: ofRaw,
      [`${ENVIRONMENTS} environments`]: ofHandler,
    },
    ratio,
    goal: { text: 'at least 0.8', reached: median(ratio) >= 0.8 },
    note: 'one process for each side, so one core for what are 50 in Lambda; the bundle, with handler.ts 50 times in it',
  })
  table.row({
    what: `what HTTP costs: ${ENVIRONMENTS} environments behind node:http`,
    unit: 'orders/s',
    contestants: { 'invoked in their process': ofHandler, 'requested over HTTP': ofHttp },
    ratio: ratios(ofHttp, ofHandler),
    note: 'with 50 connections that are kept, whose client takes its part of the machine too',
  })
}
