import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Order } from '../../shared/order.ts'
import { startTestBroker, type TestBroker } from '../helpers/broker.ts'
import { createOutcomesTable, startTestDynamoDb, type TestDynamoDb } from '../helpers/dynamoDb.ts'
import { type FunctionProcess, startFunction } from '../helpers/functionProcess.ts'
import { type GatewayStandIn, startGateway } from '../helpers/gatewayStandIn.ts'
import { kafkaEvent } from '../helpers/kafkaEvents.ts'
import { anOrder } from '../helpers/orders.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

const NOTHING_FAILED = { batchItemFailures: [] }

/** The functions in processes of their own, on a real Kafka and a real table, with a gateway that remembers each charge. */
describe('an order', () => {
  let broker: TestBroker
  let kafka: TestKafka
  let dynamoDb: TestDynamoDb
  let gateway: GatewayStandIn
  let env: NodeJS.ProcessEnv
  const running: FunctionProcess[] = []

  beforeAll(async () => {
    ;[broker, dynamoDb, gateway] = await Promise.all([startTestBroker(), startTestDynamoDb(), startGateway()])
    kafka = testKafka(broker.brokers)
    for (const topic of ['order_status', 'dead_letters']) await kafka.createTopic(topic)
    const table = uniqueName('outcomes')
    await createOutcomesTable(dynamoDb.endpoint, table)
    env = {
      KAFKA_BROKERS: broker.brokers,
      DYNAMODB_ENDPOINT: dynamoDb.endpoint,
      OUTCOMES_TABLE: table,
      PAYMENT_GATEWAY_URL: gateway.url,
      PAYMENT_GATEWAY_TIMEOUT_MS: '1000',
    }
  }, 120_000)

  afterAll(async () => {
    await Promise.all(running.map((each) => each.kill()))
    await gateway?.stop()
    await kafka?.close()
    await dynamoDb?.remove()
    await broker?.remove()
  })

  beforeEach(() => {
    gateway.answer = () => 'charge'
  })

  async function start(name: string, more: NodeJS.ProcessEnv = {}): Promise<FunctionProcess> {
    const started = await startFunction(name, { ...env, ...more })
    running.push(started)
    return started
  }
  const orderEvent = (orders: Order[], partition = 0) =>
    kafkaEvent({ [`orders-${partition}`]: orders.map((value) => ({ value, key: value.order_id })) })
  const on = async (topic: string, id: string) =>
    (await kafka.read(topic)).flatMap(({ value }) => (value?.includes(id) ? [JSON.parse(value)] : []))
  const callsFor = (id: string) => gateway.calls.filter(({ orderId }) => orderId === id).length

  it('is charged once when it comes several times in one batch, with keys of all kinds', async () => {
    const payment = await start('payment')
    const order = anOrder(uniqueName('o'))
    const value = order
    const event = kafkaEvent({
      'orders-0': [{ value }, { value, key: order.order_id }, { value, key: 'another key' }],
      'orders-1': [{ value, key: 'a third' }, { value }],
    })

    expect(await payment.invoke(event)).toEqual(NOTHING_FAILED)

    expect(callsFor(order.order_id)).toBe(1)
    expect(await on('order_status', order.order_id)).toHaveLength(5)
  })

  it('is charged once when two invocations have it at once, and when it comes again after a deployment', async () => {
    const [first, second] = await Promise.all([start('payment'), start('payment')])
    const orders = Array.from({ length: 30 }, () => anOrder(uniqueName('o')))
    const event = orderEvent(orders)

    expect(await Promise.all([first.invoke(event), second.invoke(event)])).toEqual([
      NOTHING_FAILED,
      NOTHING_FAILED,
    ])
    const deployed = await start('payment')
    expect(await deployed.invoke(event)).toEqual(NOTHING_FAILED)

    expect(orders.filter(({ order_id }) => callsFor(order_id) !== 1)).toEqual([])
  })

  it('is charged once when the function is killed between the charge and its record', async () => {
    const killed = await start('payment')
    const order = anOrder(uniqueName('o'))
    gateway.answer = () => 'charge and hang'
    const invocation = killed.invoke(orderEvent([order]))
    invocation.catch(() => undefined)
    await waitFor(() => gateway.charges.get(order.order_id), { what: 'the charge is made' })
    await killed.kill()
    gateway.answer = () => 'charge'

    expect(await (await start('payment')).invoke(orderEvent([order]))).toEqual(NOTHING_FAILED)

    // The one window in which only the gateway's idempotency key prevents a second charge.
    expect(callsFor(order.order_id)).toBe(2)
    expect(gateway.charges.get(order.order_id)).toBe(1)
    expect(await on('order_status', order.order_id)).toMatchObject([{ status: 'paid' }])
  })

  it('is charged once when the function is killed between the record and the publication', async () => {
    const killed = await start('payment')
    const order = anOrder(uniqueName('o'))
    await broker.stop()
    const invocation = killed.invoke(orderEvent([order]))
    invocation.catch(() => undefined)
    await waitFor(() => killed.lines.some((line) => line.includes('waiting for trouble to pass')), {
      what: 'it waits for Kafka',
    })
    await killed.kill()
    await broker.start()

    expect(await (await start('payment')).invoke(orderEvent([order]))).toEqual(NOTHING_FAILED)

    expect(callsFor(order.order_id)).toBe(1)
    expect(await on('order_status', order.order_id)).toMatchObject([{ status: 'paid' }])
  }, 120_000)

  it('is asked for again, under its key, when the gateway hangs or fails', async () => {
    const payment = await start('payment')
    const order = anOrder(uniqueName('o'))
    const answers = ['hang', 500, 'charge and hang', 503] as const
    gateway.answer = () => answers[callsFor(order.order_id) - 1] ?? 'charge'

    expect(await payment.invoke(orderEvent([order]))).toEqual(NOTHING_FAILED)

    expect(callsFor(order.order_id)).toBe(5)
    expect(gateway.charges.get(order.order_id)).toBe(1)
  })

  it('is not charged with another content, nor after it was declined, and lies in the dead letters', async () => {
    const payment = await start('payment')
    const [order, declined] = [anOrder(uniqueName('o')), anOrder(uniqueName('o'))]
    gateway.answer = ({ orderId }) => (orderId === declined.order_id ? 402 : 'charge')

    const batch = orderEvent([order, { ...order, amount: 99 }, declined, declined])
    expect(await payment.invoke(batch)).toEqual(NOTHING_FAILED)

    expect([callsFor(order.order_id), callsFor(declined.order_id)]).toEqual([1, 1])
    const letters = await kafka.read('dead_letters')
    const conditionsOf = (id: string) =>
      letters
        .filter(({ key }) => key === id)
        .map(({ value }) => JSON.parse(String(value)).requestContext.condition)
    expect(conditionsOf(order.order_id)).toEqual(['Conflict'])
    expect(conditionsOf(declined.order_id)).toEqual(['Declined', 'Declined'])
    expect(await on('order_status', order.order_id)).toMatchObject([{ amount: 12.5 }])
    expect(await on('order_status', declined.order_id)).toEqual([])
  })

  it.each(['gateway', 'table', 'Kafka'])(
    'waits in one invocation while the %s is away',
    async (what) => {
      const payment = await start('payment')
      const orders = Array.from({ length: 20 }, () => anOrder(uniqueName('o')))
      const away = { gateway, table: dynamoDb, Kafka: broker }[what] as {
        stop(): Promise<void>
        start(): Promise<void>
      }
      await away.stop()
      const invocation = payment.invoke(orderEvent(orders), 120_000)
      await waitFor(() => payment.lines.some((line) => line.includes('waiting for trouble to pass')), {
        what: 'it says that it waits',
      })

      await away.start()

      expect(await invocation).toEqual(NOTHING_FAILED)
      expect(orders.filter(({ order_id }) => gateway.charges.get(order_id) !== 1)).toEqual([])
      const published = (await kafka.read('order_status')).map(({ key }) => key)
      expect(orders.filter(({ order_id }) => !published.includes(order_id))).toEqual([])
    },
    120_000,
  )

  it('is told to its customer once, however often its status comes', async () => {
    const [first, second] = await Promise.all([start('notification'), start('notification')])
    const order = anOrder(uniqueName('o'), { status: 'paid' })
    const event = kafkaEvent({ 'order_status-0': [{ value: order }, { value: order, key: 'k' }] })

    expect(await Promise.all([first.invoke(event), second.invoke(event)])).toEqual([
      NOTHING_FAILED,
      NOTHING_FAILED,
    ])
    expect(await first.invoke(event)).toEqual(NOTHING_FAILED)

    const told = [...first.lines, ...second.lines].filter((line) =>
      line.includes(`#${order.order_id} is now paid`),
    )
    expect(told).toHaveLength(1)
  })
})
