import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../helpers/broker.ts'
import { anOrder, asGoWrites } from '../helpers/orders.ts'
import { inParallel, postOrder } from '../helpers/postOrders.ts'
import { copyProject, type Offline, type ProjectCopy, startOffline } from '../helpers/project.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

/** The whole system as `npm start` runs it, on a Kafka that the tests may stop. */
describe('an order', () => {
  let broker: TestBroker
  let kafka: TestKafka
  let project: ProjectCopy
  let offline: Offline

  beforeAll(async () => {
    broker = await startTestBroker()
    kafka = testKafka(broker.brokers)
    project = copyProject()
    offline = await startOffline({
      folder: project.folder,
      env: { KAFKA_BROKERS: broker.brokers, PAYMENT_MAX_DELAY_MS: '0' },
    })
  }, 180_000)

  afterAll(async () => {
    await offline?.stop()
    await kafka?.close()
    await broker?.remove()
    project?.remove()
  })

  const idsOn = async (topic: string) =>
    (await kafka.read(topic)).flatMap(({ value }) => {
      try {
        return JSON.parse(value ?? '').order_id as string
      } catch {
        return []
      }
    })
  const notifiedIds = () =>
    offline.lines.flatMap(
      (line) => /^Notification sent to .*: Your order #(\S+) is now paid$/.exec(line)?.[1] ?? [],
    )
  const times = (ids: string[], id: string) => ids.filter((other) => other === id).length

  it('goes the whole way: accepted, paid, notified, with one record on each topic', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { status, order } = await postOrder(
      offline.url,
      { customer: ' Zoë ', amount: 12.5, note: 'dropped' },
      { traceparent, 'correlation-id': 'c-1' },
    )

    expect(status).toBe(202)
    const id = order?.order_id as string
    expect(order).toEqual({ order_id: id, customer: 'Zoë', amount: 12.5, status: 'pending' })
    await offline.waitForLine(new RegExp(`^Notification sent to Zoë: Your order #${id} is now paid$`))
    const headers = { 'content-type': 'application/json', traceparent, 'correlation-id': 'c-1' }
    for (const [topic, state] of [
      ['orders', 'pending'],
      ['order_status', 'paid'],
    ] as const) {
      expect((await kafka.read(topic)).filter(({ key }) => key === id)).toMatchObject([
        { value: `{"order_id":"${id}","customer":"Zoë","amount":12.5,"status":"${state}"}`, headers },
      ])
    }
    await offline.waitForLine(new RegExp(`payment: order paid order_id=${id} correlation-id=c-1`))
  })

  it('is there exactly once for each 202, on both topics and for its customer, with 1,000 posted 50 at a time', async () => {
    const accepted: string[] = []

    await inParallel(1_000, 50, async (index) => {
      const { status, order } = await postOrder(offline.url, {
        customer: `c-${index}`,
        amount: (100 + index) / 100,
      })
      expect(status).toBe(202)
      accepted.push(order?.order_id as string)
    })

    await waitFor(() => accepted.every((id) => notifiedIds().includes(id)), {
      timeoutMs: 180_000,
      what: 'every order is notified',
    })
    const [onOrders, onStatus, notified] = [await idsOn('orders'), await idsOn('order_status'), notifiedIds()]
    const notOnce = accepted.filter(
      (id) => times(onOrders, id) !== 1 || times(onStatus, id) !== 1 || times(notified, id) !== 1,
    )
    expect(accepted).toHaveLength(1_000)
    expect(notOnce).toEqual([])
  }, 240_000)

  it('is refused when it is bad, and nothing is published', async () => {
    const before = await kafka.count('orders')
    const bad: [body: unknown, status: number, headers?: Record<string, string>][] = [
      ['', 400],
      ['{"customer":', 400],
      ['null', 400],
      [[], 400],
      [{ amount: 1 }, 400],
      [{ customer: 'Ada' }, 400],
      [{ customer: 'Ada', amount: 0 }, 400],
      [{ customer: 'Ada', amount: 1.001 }, 400],
      [{ customer: 'Ada', amount: 1e10 }, 400],
      [{ customer: 'Ada', amount: '1' }, 400],
      [{ customer: ' ', amount: 1 }, 400],
      [{ customer: 'x'.repeat(201), amount: 1 }, 400],
      [{ customer: 'a\u0000b', amount: 1 }, 400],
      [{ customer: 'a\ud800b', amount: 1 }, 400],
      [Buffer.from('{"customer":"Zo\xeb","amount":1}', 'latin1'), 400],
      [{ customer: 'Ada', amount: 1, order_id: 'a b' }, 400],
      [{ customer: 'Ada', amount: 1, status: 'paid' }, 400],
      [{ customer: 'Ada', amount: 1 }, 400, { 'idempotency-key': 'a b' }],
      [{ customer: 'Ada', amount: 1, note: 'x'.repeat(70_000) }, 413],
      [{ customer: 'Ada', amount: 1 }, 415, { 'content-type': 'text/plain' }],
      [{ customer: 'Ada', amount: 1 }, 415, { 'content-type': 'application/vnd.api+json' }],
    ]

    for (const [body, status, headers] of bad) {
      const answer = await postOrder(offline.url, body, headers)
      expect([body, answer.status]).toEqual([body, status])
      expect(JSON.parse(answer.text)).toMatchObject({ status, detail: expect.any(String) })
    }

    expect((await fetch(`${offline.url}/orders`)).status).toBe(404)
    expect((await fetch(`${offline.url}/other`, { method: 'POST' })).status).toBe(404)
    expect(await kafka.count('orders')).toBe(before)
  })

  it('has the same id for the same Idempotency-Key, and another for another', async () => {
    const send = async (key: string) =>
      (await postOrder(offline.url, { customer: 'Ada', amount: 1 }, { 'idempotency-key': key })).order
        ?.order_id
    const key = uniqueName('key')

    const id = await send(key)

    expect(id).toMatch(/^[0-9a-f-]{14}8/)
    expect(await send(key)).toBe(id)
    expect(await send(`${key}-2`)).not.toBe(id)
  })

  it('may come from other programs, without key and headers, among records that are garbage', async () => {
    const ids = Array.from({ length: 5 }, () => uniqueName('go'))
    const [first, ...others] = ids.map((id) => asGoWrites(anOrder(id, { customer: 'Go', amount: 0.005 })))

    await kafka.produce('orders', [
      first as string,
      'not json',
      null,
      '',
      Buffer.from([0xff, 0xfe]),
      '{"order_id":"x"}',
      JSON.stringify(anOrder(uniqueName('paid'), { status: 'paid' })),
      ...others,
    ])
    await kafka.produce('order_status', ['garbage', null])

    for (const id of ids)
      await offline.waitForLine(new RegExp(`^Notification sent to Go: Your order #${id} `))
    const paid = (await kafka.read('order_status')).filter(({ value }) =>
      ids.some((id) => value?.includes(id)),
    )
    expect(paid).toHaveLength(5)
    expect(paid.every(({ key }) => key === null)).toBe(true)
    await offline.waitForLine(
      /record can never be processed, now in dead_letters topic=orders .*reason="the value is not JSON"/,
    )
    await offline.waitForLine(/record can never be processed, now in dead_letters topic=order_status/)
  })

  it('cannot forge the notification of another', async () => {
    const id = uniqueName('forged')
    const customer = `Eve\nNotification sent to Ada: Your order #${id}-other is now paid`

    await kafka.produce('orders', [asGoWrites(anOrder(id, { customer }))])

    await offline.waitForLine(new RegExp(`^Notification sent to Eve\\\\nNotification.* #${id} is now paid$`))
    expect(notifiedIds()).not.toContain(`${id}-other`)
  })

  it('is not lost once accepted, though the broker is stopped and started while orders are posted', async () => {
    const accepted: string[] = []
    const statuses = new Set<number>()
    let posting = true
    const clients = inParallel(10, 10, async (client) => {
      for (let count = 0; posting; count++) {
        const { status, order } = await postOrder(offline.url, {
          customer: `s-${client}-${count}`,
          amount: 1,
        })
        statuses.add(status)
        if (order) accepted.push(order.order_id)
      }
    })
    await waitFor(() => accepted.length > 100, { what: 'orders before the stop' })
    await broker.stop()
    const beforeStart = accepted.length
    await waitFor(() => statuses.has(503), { what: 'a 503 while the broker is away' })
    await broker.start()
    await waitFor(() => accepted.length > beforeStart + 100, {
      timeoutMs: 30_000,
      what: 'orders after the start',
    })
    posting = false
    await clients

    await waitFor(() => accepted.every((id) => notifiedIds().includes(id)), {
      timeoutMs: 60_000,
      what: 'every accepted order is notified',
    })
    const onOrders = await idsOn('orders')
    expect(accepted.filter((id) => !onOrders.includes(id))).toEqual([])
    expect(statuses).toEqual(new Set([202, 503]))
  }, 180_000)

  it('leaves the terminal free of warnings that a newcomer would have to understand', () => {
    const start = offline.lines.slice(
      0,
      offline.lines.findIndex((line) => line.startsWith('  curl ')),
    )

    expect(start.filter((line) => /warning/i.test(line))).toEqual([])
    expect(offline.lines.filter((line) => /\(node:\d+\)|deprecat|partitioner|kafkajs/i.test(line))).toEqual(
      [],
    )
  })
})
