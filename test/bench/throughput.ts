import { within } from '../../shared/deadline.ts'
import { startTestDynamoDb } from '../helpers/dynamoDb.ts'
import { inParallel } from '../helpers/postOrders.ts'
import type { Bench } from './bench.ts'
import { functionsPath } from './orders/functionsPath.ts'
import type { OrderPath } from './orders/orderPath.ts'
import { rawPath } from './orders/rawPath.ts'
import { Telling } from './orders/Telling.ts'
import { startTableStandIn } from './orders/tableStandIn.ts'
import { ratios } from './statistics.ts'

/** As many as are sent in that time, at most; a slow machine is not to keep the whole benchmark waiting. */
interface Load {
  orders: number
  seconds: number
}

const LOAD: Load = { orders: 20_000, seconds: 10 }
/** DynamoDB Local takes the writes of 40 to 100 orders a second. */
const LOAD_WITH_DYNAMODB: Load = { orders: 300, seconds: 12 }
const QUICK_LOAD: Load = { orders: 500, seconds: 5 }
const WARM_UP: Load = { orders: 1_000, seconds: 3 }
/** Orders on their way to the first topic at once. */
const AT_ONCE = 50
/** After the last one was taken. */
const LOST_AFTER_MS = 60_000

/** Orders as fast as they go through everything, against the same without the functions. */
export const throughput: Bench = async ({ brokers, table, quick }) => {
  const telling = new Telling()
  const { told } = telling
  await using started = new AsyncDisposableStack()
  const standIn = started.adopt(await startTableStandIn(), (running) => running.close())
  const raw = started.adopt(await rawPath({ brokers, told }), (path) => path.close())
  await drive(raw, telling, WARM_UP)
  const throughFunctions = async (tableEndpoint: string, measure: (path: OrderPath) => Promise<void>) => {
    const path = await functionsPath({ brokers, tableEndpoint, connections: AT_ONCE, told })
    try {
      await drive(path, telling, quick ? QUICK_LOAD : WARM_UP)
      await measure(path)
    } finally {
      await path.close()
    }
  }
  const load = quick ? QUICK_LOAD : LOAD
  const perSecond = (driven: Driven[]) => driven.map(({ orders, seconds }) => orders / seconds)

  const rawDriven: Driven[] = []
  const driven: Driven[] = []
  await throughFunctions(standIn.endpoint, async (path) => {
    rawDriven.push(await drive(raw, telling, load))
    driven.push(await drive(path, telling, load), await drive(path, telling, load))
    rawDriven.push(await drive(raw, telling, load))
  })
  table.row({
    what: `${sizes(driven)} orders as fast as they go, HTTP request to notification, with a table that takes no time`,
    unit: 'orders/s',
    contestants: {
      'KafkaJS: produce, two hops': perSecond(rawDriven),
      'the functions': perSecond(driven),
    },
    ratio: ratios(perSecond(driven), perSecond(rawDriven)),
    note: 'all on one machine; of the time of serverless offline, about a half is the AWS SDK with four writes an order, a tenth the HTTP server',
  })

  const dynamoDb = started.adopt(await startTestDynamoDb(), (running) => running.remove())
  const withDynamoDb: Driven[] = []
  await throughFunctions(dynamoDb.endpoint, async (path) => {
    withDynamoDb.push(await drive(path, telling, quick ? QUICK_LOAD : LOAD_WITH_DYNAMODB))
  })
  table.row({
    what: `${sizes(withDynamoDb)} orders as fast as they go, HTTP request to notification, with DynamoDB Local`,
    unit: 'orders/s',
    contestants: { 'the functions': perSecond(withDynamoDb) },
    note: 'the emulator is the limit',
  })
}

/** From the first order that was sent to the last that was told. */
interface Driven {
  orders: number
  seconds: number
}

async function drive(path: OrderPath, telling: Telling, { orders, seconds }: Load): Promise<Driven> {
  const begunAt = performance.now()
  const toldAt: Promise<number>[] = []
  await inParallel(orders, AT_ONCE, async () => {
    if (performance.now() - begunAt > seconds * 1_000) return
    const customer = telling.newCustomer()
    toldAt.push(telling.of(customer))
    await path.send(customer)
  })
  const all = await within(
    LOST_AFTER_MS,
    Promise.all(toldAt),
    () => new Error('some customers were not told'),
  )
  return { orders: all.length, seconds: (Math.max(...all) - begunAt) / 1_000 }
}

const sizes = (driven: readonly Driven[]) => driven.map(({ orders }) => orders).join(' and ')
