import { setTimeout as pause } from 'node:timers/promises'
import { createOutcomesTable, startTestDynamoDb } from '../helpers/dynamoDb.ts'
import { testKafka } from '../helpers/topics.ts'
import { startBatches } from './batches/startBatches.ts'
import type { Bench } from './bench.ts'
import { median } from './statistics.ts'

const ORDERS = 100
/** Each takes about as long as its two slowest orders one after the other: 4 s. */
const ROUNDS = 3
/** What the gateway takes for an order, in seconds, each as often as the others. */
const PAUSES = [0, 1, 2]
const SEQUENTIAL_ORDERS = 21
const TABLE = 'outcomes'

/** Events of 100 orders whose payment takes 0, 1 or 2 s, against a loop that takes one order after the other, as the Go service does. */
export const paymentDelays: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  await kafka.createTopic('order_status')
  const dynamoDb = started.adopt(await startTestDynamoDb(), (running) => running.remove())
  await createOutcomesTable(dynamoDb.endpoint, TABLE)
  const payment = started.adopt(
    await startBatches({
      contestant: 'payment',
      brokers,
      store: { endpoint: dynamoDb.endpoint, table: TABLE },
      gatewayMaxDelayMs: 2_000,
    }),
    (running) => running.close(),
  )
  const loop = oneAfterTheOther(quick ? PAUSES.length : SEQUENTIAL_ORDERS)
  await payment.work({ events: 1, records: quick ? 1 : 50 })

  const perSecond: number[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const { tookMs } = await payment.work({ events: 1, records: ORDERS })
    perSecond.push(ORDERS / (tookMs / 1_000))
  }
  const sequential = await loop
  const ratio = perSecond.map((rate) => rate / sequential)
  table.row({
    what: `payment, events of ${ORDERS} records, each with a pause of 0, 1 or 2 s, its store on (DynamoDB Local)`,
    unit: 'orders/s',
    contestants: { 'one after the other': [sequential], 'the function': perSecond },
    ratio,
    goal: { text: 'at least 20', reached: median(ratio) >= 20 },
    note:
      'the loop does nothing but wait for its pauses, each as often as the others, beside the function; the function works on ' +
      '50 records at once (BATCH_CONCURRENCY)',
  })
}

/** Orders a second of a loop that waits for each order's payment. */
async function oneAfterTheOther(orders: number): Promise<number> {
  const begunAt = performance.now()
  for (let order = 0; order < orders; order++) await pause(1_000 * (PAUSES[order % PAUSES.length] ?? 0))
  return orders / ((performance.now() - begunAt) / 1_000)
}
