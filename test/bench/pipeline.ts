import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../../shared/deadline.ts'
import { startTestBroker } from '../helpers/broker.ts'
import { startTestDynamoDb } from '../helpers/dynamoDb.ts'
import type { Bench } from './bench.ts'
import { functionsPath } from './orders/functionsPath.ts'
import type { OrderPath } from './orders/orderPath.ts'
import { rawPath } from './orders/rawPath.ts'
import { Telling } from './orders/Telling.ts'
import { startTableStandIn } from './orders/tableStandIn.ts'
import { median, percentile, ratios } from './statistics.ts'

const ROUNDS = 4
const ORDERS_A_ROUND = 40
const WARM_UP_ORDERS = 80
/** Before the next order, by chance: in step with the polls of a consumer, each order would meet the same moment of one. */
const PAUSE_MS = { from: 10, to: 30 }
/** After it was taken. */
const LOST_AFTER_MS = 30_000

/** One order at a time through everything, against one produce and two hops of KafkaJS alone. */
export const pipeline: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const telling = new Telling()
  const { told } = telling
  const [dynamoDb, standIn, secondBroker] = await Promise.all([
    startTestDynamoDb().then((running) => started.adopt(running, () => running.remove())),
    startTableStandIn().then((running) => started.adopt(running, () => running.close())),
    // On one broker, the groups of two systems would share the topics.
    startTestBroker().then((running) => started.adopt(running, () => running.remove())),
  ])
  const contestant = async (opening: Promise<OrderPath>) => {
    const path = started.adopt(await opening, (open) => open.close())
    return { path, rounds: [] as Journey[][] }
  }
  const contestants = await Promise.all([
    contestant(rawPath({ brokers, told })),
    contestant(functionsPath({ brokers, tableEndpoint: dynamoDb.endpoint, connections: 1, told })),
    contestant(
      functionsPath({
        ...{ brokers: secondBroker.brokers, tableEndpoint: standIn.endpoint, connections: 1, told },
      }),
    ),
  ])
  for (const { path } of contestants) await journeys(path, telling, quick ? 10 : WARM_UP_ORDERS)
  for (let round = 0; round < (quick ? 2 : ROUNDS); round++) {
    for (const { path, rounds } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      rounds.push(await journeys(path, telling, quick ? 20 : ORDERS_A_ROUND))
    }
  }

  const [raw, withDynamoDb, withStandIn] = contestants
  for (const [which, { rounds }] of [
    ['DynamoDB Local', withDynamoDb],
    ['a table that takes no time', withStandIn],
  ] as const) {
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const each = (of: Journey[][]) =>
        of.map((one) =>
          percentile(
            one.map(({ toldMs }) => toldMs),
            share,
          ),
        )
      const ratio = ratios(each(rounds), each(raw.rounds))
      const toAnswer = percentile(
        rounds.flat().map(({ takenMs }) => takenMs),
        share,
      )
      table.row({
        what: `HTTP request to notification, one order at a time, with ${which}, ${name}`,
        unit: 'ms',
        contestants: { 'KafkaJS: produce, two hops': each(raw.rounds), 'the functions': each(rounds) },
        ratio,
        ...(name === 'p50' && { goal: { text: 'at most 2', reached: median(ratio) <= 2 } }),
        note: `${toAnswer.toFixed(1)} ms to the 202; three writes to the table are on the way: claim and outcome of the charge, claim of the notification`,
      })
    }
  }
}

/** Of one order, in milliseconds from its sending. */
interface Journey {
  takenMs: number
  toldMs: number
}

/** One order after the other: the next is sent when the customer of the last was told. */
async function journeys(path: OrderPath, telling: Telling, orders: number): Promise<Journey[]> {
  const made: Journey[] = []
  for (let sent = 0; sent < orders; sent++) {
    const customer = telling.newCustomer()
    const toldAt = telling.of(customer)
    const sentAt = performance.now()
    await path.send(customer)
    const takenMs = performance.now() - sentAt
    const toldMs = (await within(LOST_AFTER_MS, toldAt, () => new Error(`${customer} was not told`))) - sentAt
    made.push({ takenMs, toldMs })
    await pause(PAUSE_MS.from + Math.random() * (PAUSE_MS.to - PAUSE_MS.from))
  }
  return made
}
