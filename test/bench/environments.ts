import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { freePort } from '../helpers/freePort.ts'
import { inParallel } from '../helpers/postOrders.ts'
import { testKafka } from '../helpers/topics.ts'
import type { Bench } from './bench.ts'
import { bundleEnvironments } from './createOrder/bundleEnvironments.ts'
import { type Environments, type EnvironmentsOptions, startEnvironments } from './createOrder/environments.ts'
import { OrderClient } from './orders/OrderClient.ts'
import { median, ratios } from './statistics.ts'

/** Each environment of Lambda has a process. The more there are here, the longer it takes until the compiler is done with all of them. */
const PROCESSES = 5
const ENVIRONMENTS_A_PROCESS = 10
const ENVIRONMENTS = PROCESSES * ENVIRONMENTS_A_PROCESS
const ROUNDS = 3
const SLICES_A_ROUND = 6
const ORDERS_A_SLICE = 1_000
const WARM_UP_ORDERS = 10_000

/** What all environments did with some orders, in milliseconds. */
interface Done {
  tookMs: number
  cpuMs: number
}

/** Many environments of createOrder at once, each with its own producer, against as many producers of KafkaJS alone. */
export const environments: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  await kafka.createTopic('orders')
  const folder = started.adopt(temporaryFolder(), removeFolder)
  const bundle = await bundleEnvironments(ENVIRONMENTS_A_PROCESS, folder)
  const start = async (settings: Pick<EnvironmentsOptions, 'contestant' | 'httpPort'>) =>
    started.adopt(
      await startEnvironments({ ...settings, environments: ENVIRONMENTS_A_PROCESS, brokers }),
      (running) => running.close(),
    )
  const raw: Environments[] = []
  const handlers: Environments[] = []
  const clients: OrderClient[] = []
  for (let number = 0; number < PROCESSES; number++) {
    const httpPort = await freePort()
    raw.push(await start({ contestant: 'raw' }))
    handlers.push(await start({ contestant: { bundle }, httpPort }))
    const client = new OrderClient(`http://127.0.0.1:${httpPort}`, ENVIRONMENTS_A_PROCESS)
    clients.push(started.adopt(client, (open) => open.close()))
  }

  // All take the same orders, and each process as many.
  const direct = (all: readonly Environments[]) => async (orders: number) => {
    const each = orders / PROCESSES
    const done = await Promise.all(all.map((some) => some.work({ orders: each, untimed: each })))
    return done.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
  }
  const throughHttp = async (orders: number) => {
    const send = (client: OrderClient) =>
      inParallel(orders / PROCESSES, ENVIRONMENTS_A_PROCESS, () => client.send('Ada Lovelace'))
    await Promise.all(clients.map(send))
    return Number.NaN
  }
  const contestants = [direct(raw), direct(handlers), throughHttp].map((take) => ({
    take: async (orders: number): Promise<Done> => {
      const begunAt = performance.now()
      const cpuMs = await take(orders)
      return { cpuMs, tookMs: performance.now() - begunAt }
    },
    rounds: [] as Done[][],
  }))

  for (const { take } of contestants) await take(quick ? 500 : WARM_UP_ORDERS)
  const slices = quick ? 1 : SLICES_A_ROUND
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    for (const { rounds } of contestants) rounds.push([])
    for (let slice = 0; slice < slices; slice++) {
      // In turn and by small slices: what changes on the machine meanwhile hits all.
      for (const { take, rounds } of slice % 2 === 0 ? contestants : contestants.toReversed()) {
        rounds.at(-1)?.push(await take(ORDERS_A_SLICE))
      }
    }
  }

  // Of the slice in the middle, since what others do on the machine hits some.
  const [ofRaw = [], ofHandler = [], ofHttp = []] = contestants.map(({ rounds }) =>
    rounds.map((round) => ORDERS_A_SLICE / (median(round.map(({ tookMs }) => tookMs)) / 1_000)),
  )
  const [cpuOfRaw = Number.NaN, cpuOfHandler = Number.NaN] = contestants.map(
    ({ rounds }) => (median(rounds.flat().map(({ cpuMs }) => cpuMs)) / ORDERS_A_SLICE) * 1_000,
  )
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
    note:
      `${PROCESSES} processes for each side, which share the machine with the broker; the bundle, with handler.ts ${ENVIRONMENTS_A_PROCESS} times ` +
      `in it; microseconds of CPU an order: ${cpuOfHandler.toFixed(0)}, of KafkaJS alone ${cpuOfRaw.toFixed(0)}`,
  })
  table.row({
    what: `what HTTP costs: ${ENVIRONMENTS} environments behind node:http`,
    unit: 'orders/s',
    contestants: { 'invoked in their process': ofHandler, 'requested over HTTP': ofHttp },
    ratio: ratios(ofHttp, ofHandler),
    note: `with ${ENVIRONMENTS} connections that are kept, whose client takes its part of the machine too`,
  })
}
