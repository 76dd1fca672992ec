import { startTestDynamoDb } from '../helpers/dynamoDb.ts'
import type { BenchTable } from './BenchTable.ts'
import type { Bench } from './bench.ts'
import { AT_ONCE, type Driven, drive, type Load } from './orders/drive.ts'
import { type FunctionsPathOptions, functionsPath } from './orders/functionsPath.ts'
import { type Journey, journeys, warmUp } from './orders/journeys.ts'
import type { OrderPath } from './orders/orderPath.ts'
import { rawPath } from './orders/rawPath.ts'
import { Telling } from './orders/Telling.ts'
import { startTableStandIn } from './orders/tableStandIn.ts'
import { median, percentile, ratios } from './statistics.ts'

const ROUNDS = 3
const ORDERS_A_ROUND = 40
const WARM_UP_ORDERS = 200
const WARM_UP_LOAD: Load = { orders: 1_000, seconds: 3 }
const LOAD: Load = { orders: 20_000, seconds: 60 }
const QUICK_LOAD: Load = { orders: 500, seconds: 5 }
const RAW = 'KafkaJS: produce, two hops'

/** The functions in one of their shapes. */
interface Shape extends Pick<FunctionsPathOptions, 'tableEndpoint' | 'store'> {
  what: string
  note: string
  /** As fast as they go. */
  load: Load
}

/**
 * From the HTTP request to the notification, against one produce and two hops of KafkaJS alone: one order at a time, and as
 * fast as they go.
 */
export const pipeline: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const telling = new Telling()
  const { told } = telling
  const [dynamoDb, standIn, raw] = await Promise.all([
    startTestDynamoDb().then((running) => started.adopt(running, () => running.remove())),
    startTableStandIn().then((running) => started.adopt(running, () => running.close())),
    rawPath({ brokers, told }).then((path) => started.adopt(path, () => path.close())),
  ])
  // Many, for the broker too, which takes longer than anything else to get warm.
  const rawDriven = await drive(raw, telling, quick ? QUICK_LOAD : LOAD)

  async function inTurn(functions: OrderPath): Promise<Record<'raw' | 'functions', Journey[][]>> {
    const rounds = { raw: [] as Journey[][], functions: [] as Journey[][] }
    for (let round = 0; round < (quick ? 2 : ROUNDS); round++) {
      const order = [
        [raw, rounds.raw],
        [functions, rounds.functions],
      ] as const
      for (const [path, its] of round % 2 === 0 ? order : order.toReversed()) {
        its.push(await journeys(path, telling, quick ? 20 : ORDERS_A_ROUND))
      }
    }
    return rounds
  }

  const shapes: Shape[] = [
    {
      what: 'DynamoDB Local',
      note: 'four writes an order, three of them on the way, to an emulator that is the limit when many come',
      tableEndpoint: dynamoDb.endpoint,
      load: { orders: 300, seconds: 12 },
    },
    {
      what: 'a table that takes no time',
      note: 'four writes an order, three of them on the way: claim and outcome of the charge, claim of the notification',
      tableEndpoint: standIn.endpoint,
      load: { orders: 20_000, seconds: 10 },
    },
    {
      what: 'stores off',
      note: 'payment and notification have a table that answers at once',
      tableEndpoint: standIn.endpoint,
      store: 'off',
      load: LOAD,
    },
  ]
  // One after the other, since what only waits for its next order takes time too.
  for (const { what, note, load, ...options } of shapes) {
    const functions = await functionsPath({ brokers, connections: AT_ONCE, told, ...options })
    try {
      await warmUp(functions, telling, quick ? 10 : WARM_UP_ORDERS)
      addJourneys(table, { what, note, ...(await inTurn(functions)) })
      await drive(functions, telling, quick ? QUICK_LOAD : WARM_UP_LOAD)
      const driven = await drive(functions, telling, quick ? QUICK_LOAD : load)
      addDriven(table, { what, note, raw: rawDriven, functions: driven })
    } finally {
      await functions.close()
    }
  }
}

type Labels = Pick<Shape, 'what' | 'note'>

function addJourneys(
  table: BenchTable,
  { what, note, raw, functions }: Labels & Record<'raw' | 'functions', Journey[][]>,
): void {
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const each = (rounds: Journey[][], time: keyof Journey) =>
      rounds.map((round) =>
        percentile(
          round.map((journey) => journey[time]),
          share,
        ),
      )
    const [ofRaw, ofFunctions] = [each(raw, 'toldMs'), each(functions, 'toldMs')]
    const ratio = ratios(ofFunctions, ofRaw)
    table.row({
      what: `HTTP request to notification, one order at a time, ${what}, ${name}`,
      unit: 'ms',
      contestants: { [RAW]: ofRaw, 'the functions': ofFunctions },
      ratio,
      ...(name === 'p50' && { goal: { text: 'at most 2', reached: median(ratio) <= 2 } }),
      note: `${median(each(functions, 'takenMs')).toFixed(1)} ms to the 202; ${note}`,
    })
  }
}

function addDriven(
  table: BenchTable,
  { what, note, raw, functions }: Labels & Record<'raw' | 'functions', Driven>,
): void {
  const [ofRaw, ofFunctions] = [[raw.orders / raw.seconds], [functions.orders / functions.seconds]]
  table.row({
    what: `${functions.orders} orders as fast as they go, HTTP request to notification, ${what}`,
    unit: 'orders/s',
    contestants: { [`${RAW}, ${raw.orders} orders`]: ofRaw, 'the functions': ofFunctions },
    ratio: ratios(ofFunctions, ofRaw),
    note: `all on one machine; ${note}`,
  })
}
