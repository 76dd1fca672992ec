import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { HttpAnswer } from '../../../shared/http/problem.ts'
import type { Order } from '../../../shared/order.ts'
import { startTestBroker, type TestBroker } from '../../helpers/broker.ts'
import { freePort } from '../../helpers/freePort.ts'
import { type FunctionProcess, startFunction } from '../../helpers/functionProcess.ts'
import { postOrders } from '../../helpers/lambda.ts'
import { startTcpProxy, type TcpProxy } from '../../helpers/tcpProxy.ts'
import { testKafka, uniqueName } from '../../helpers/topics.ts'
import { waitFor } from '../../helpers/waitFor.ts'

const DEADLINE_MS = 2_000
const ATTEMPT_TIMEOUT_MS = 400
/** What a busy machine may add to the deadline; Lambda's own timeout is 5 s after it. */
const MARGIN_MS = 2_000
const BROKER_IDLE_MS = 2_000

interface Answered {
  status: number
  order: Order | undefined
  tookMs: number
}

/** An execution environment in a process of its own, and a broker that it reaches through a proxy. */
describe('createOrder under trouble', () => {
  let broker: TestBroker
  let proxy: TcpProxy
  let environment: FunctionProcess
  let accepted: Order[]

  beforeAll(async () => {
    const [port, proxyPort] = [await freePort(), await freePort()]
    proxy = await startTcpProxy(proxyPort, port)
    broker = await startTestBroker({
      port,
      properties: {
        'advertised.listeners': `CLIENTS://127.0.0.1:${proxyPort}`,
        'connections.max.idle.ms': BROKER_IDLE_MS,
      },
    })
    await withKafka((kafka) => kafka.createTopic('orders'))
  }, 120_000)

  afterAll(async () => {
    await broker?.remove()
    await proxy?.stop()
  })

  beforeEach(async () => {
    accepted = []
    environment = await startFunction('createOrder', {
      KAFKA_BROKERS: `127.0.0.1:${proxy.port}`,
      ORDER_DEADLINE_MS: String(DEADLINE_MS),
      KAFKA_ATTEMPT_TIMEOUT_MS: String(ATTEMPT_TIMEOUT_MS),
    })
    expect(await post(uniqueName('first'))).toMatchObject({ status: 202 })
  })

  afterEach(async () => {
    await environment.kill()
  })

  async function withKafka<T>(task: (kafka: ReturnType<typeof testKafka>) => Promise<T>): Promise<T> {
    const kafka = testKafka(`127.0.0.1:${proxy.port}`)
    try {
      return await task(kafka)
    } finally {
      await kafka.close()
    }
  }

  /** The order of a key is the same each time, as a client that repeats a request sends it. */
  async function post(key: string): Promise<Answered> {
    const begin = performance.now()
    const event = postOrders({ customer: key, amount: 1 }, { headers: { 'idempotency-key': key } })
    const { statusCode: status, body } = (await environment.invoke(event)) as HttpAnswer
    const order = status === 202 ? (JSON.parse(body) as Order) : undefined
    if (order) accepted.push(order)
    return { status, order, tookMs: performance.now() - begin }
  }

  async function expect503InTime(key: string): Promise<void> {
    const { status, tookMs } = await post(key)
    expect(status).toBe(503)
    expect(tookMs).toBeLessThan(DEADLINE_MS + MARGIN_MS)
  }

  /** The next request and the repeated one succeed; what was accepted is there, and what is there is one order. */
  async function expectRecovered(repeated: string): Promise<void> {
    expect(await post(uniqueName('next'))).toMatchObject({ status: 202 })
    const { order } = await post(repeated)
    expect(order).toBeDefined()
    await expectAcceptedInKafka()
    const written = await withKafka((kafka) => kafka.read('orders'))
    const values = written.filter(({ key }) => key === order?.order_id).map(({ value }) => value)
    expect(new Set(values)).toEqual(new Set([JSON.stringify(order)]))
  }

  async function expectAcceptedInKafka(): Promise<void> {
    const written = await withKafka((kafka) => kafka.read('orders'))
    const values = new Set(written.map(({ value }) => value))
    expect(accepted.filter((order) => !values.has(JSON.stringify(order)))).toEqual([])
  }

  it('answers 503 in time while the broker is killed, and takes orders again when it is back', async () => {
    const key = uniqueName('repeated')
    await broker.kill()

    await expect503InTime(key)
    await expect503InTime(key)

    await broker.start()
    await expectRecovered(key)
  })

  it('answers 503 in time while the broker is frozen, and takes orders again when it goes on', async () => {
    const key = uniqueName('repeated')
    process.kill(broker.current.pid, 'SIGSTOP')
    try {
      await expect503InTime(key)
      await expect503InTime(key)
    } finally {
      process.kill(broker.current.pid, 'SIGCONT')
    }
    await expectRecovered(key)
  })

  it('answers 503 in time while nothing passes, on new connections either, and takes orders again after it', async () => {
    const key = uniqueName('repeated')
    proxy.stall()
    try {
      await expect503InTime(key)
    } finally {
      proxy.resume()
    }
    await expectRecovered(key)
  })

  it('answers 503 in time when all answers get lost, and the order that is there all the same is the repeated one', async () => {
    const key = uniqueName('repeated')
    proxy.swallowAllAnswers()
    try {
      await expect503InTime(key)
    } finally {
      proxy.resume()
    }
    await expectRecovered(key)
  })

  it('takes the order within the same request when the other end has forgotten the connection', async () => {
    proxy.forgetConnections()

    const { status, tookMs } = await post(uniqueName('half-open'))

    expect(status).toBe(202)
    expect(tookMs).toBeLessThan(DEADLINE_MS)
    await expectAcceptedInKafka()
  })

  it('takes the order within the same request when the broker has closed the idle connection', async () => {
    await waitFor(() => proxy.open === 0, { what: 'the broker closes what is idle', timeoutMs: 30_000 })

    const { status, tookMs } = await post(uniqueName('idle'))

    expect(status).toBe(202)
    expect(tookMs).toBeLessThan(DEADLINE_MS)
    await expectAcceptedInKafka()
  })

  it('takes the order at once after it was frozen for longer than the broker keeps idle connections', async () => {
    freeze()
    try {
      await waitFor(() => proxy.open === 0, { what: 'the broker closes what is idle', timeoutMs: 30_000 })
    } finally {
      thaw()
    }

    const { status, tookMs } = await post(uniqueName('thawed'))

    expect(status).toBe(202)
    expect(tookMs).toBeLessThan(DEADLINE_MS)
    await expectAcceptedInKafka()
  })

  it('answers at once after it was frozen in the middle of a request past its deadline', async () => {
    const key = uniqueName('repeated')
    proxy.swallowAnswers()
    const bytes = proxy.bytesFromClients
    const answering = post(key)
    await waitFor(() => proxy.bytesFromClients > bytes, { what: 'the request is under way' })
    freeze()
    const frozenAt = performance.now()
    await waitFor(() => performance.now() - frozenAt > DEADLINE_MS + 500, { what: 'the deadline is over' })
    thaw()
    const thawedAt = performance.now()

    const { status } = await answering

    expect(performance.now() - thawedAt).toBeLessThan(MARGIN_MS)
    expect([202, 503]).toContain(status)
    await expectRecovered(key)
  })

  const freeze = () => environment.process.kill('SIGSTOP')
  const thaw = () => environment.process.kill('SIGCONT')
})
