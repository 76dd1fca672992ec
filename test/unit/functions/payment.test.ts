import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { chargeInTime, type PaymentGateway, simulatedGateway } from '../../../functions/payment/gateway.ts'
import { httpGateway } from '../../../functions/payment/httpGateway.ts'
import { payOrder } from '../../../functions/payment/payOrder.ts'
import { type KafkaRecord, readKafkaEvent } from '../../../shared/batch/kafkaEvent.ts'
import { deadlineIn } from '../../../shared/deadline.ts'
import { DeclinedError, GatewayUnavailableError } from '../../../shared/errors.ts'
import type { Order } from '../../../shared/order.ts'
import { FakeOutcomes } from '../../helpers/fakes.ts'
import { kafkaEvent, type RecordContent } from '../../helpers/kafkaEvents.ts'
import { anOrder } from '../../helpers/orders.ts'

const recordOf = (content: Partial<RecordContent> = {}) =>
  readKafkaEvent(kafkaEvent({ 'orders-0': [{ value: anOrder('o-1'), ...content }] }))
    .records[0] as KafkaRecord

/** Pays `order`, out of a record of its own. */
const pay = (
  order: Order,
  { charge, outcomes = new FakeOutcomes() }: { charge: PaymentGateway['charge']; outcomes?: FakeOutcomes },
  record = recordOf(),
) =>
  payOrder(
    order,
    record,
    { owner: 'invocation-1', deadline: deadlineIn(10_000), tell: () => {} },
    { gateway: { charge }, gatewayTimeoutMs: 5_000, outcomes },
  )

describe('paying an order', () => {
  it('charges it once, under its id, and passes it on as paid with the key and the trace', async () => {
    const charged: [Order, string][] = []
    const charge = async (order: Order, key: string) => void charged.push([order, key])
    const record = recordOf({
      key: 'some-key',
      headers: [
        ['traceparent', '00-a'],
        ['tracestate', 'x=1'],
        ['correlation-id', 'c-1'],
        ['secret', 's'],
      ],
    })

    const paid = await pay(anOrder('o-1'), { charge }, record)

    expect(charged).toEqual([[anOrder('o-1'), 'o-1']])
    expect(paid.result).toEqual({
      topic: 'order_status',
      key: Buffer.from('some-key'),
      value: '{"order_id":"o-1","customer":"Ada","amount":12.5,"status":"paid"}',
      headers: {
        'content-type': 'application/json',
        traceparent: '00-a',
        tracestate: 'x=1',
        'correlation-id': 'c-1',
      },
    })
  })

  it('passes on a record without key as one without key', async () => {
    const charge = async () => undefined

    expect((await pay(anOrder('o-1'), { charge })).result?.key).toBeNull()
    expect((await pay(anOrder('o-1'), { charge }, recordOf({ key: '' }))).result?.key).toEqual(
      Buffer.alloc(0),
    )
  })

  it('publishes nothing for an order that was not charged', async () => {
    const charge = async () => Promise.reject(new Error('declined'))

    await expect(pay(anOrder('o-1'), { charge })).rejects.toThrow('declined')
  })

  it('passes on as paid what was charged before, without another charge', async () => {
    let charges = 0
    const outcomes = new FakeOutcomes()
    const charge = async () => void charges++

    const first = await pay(anOrder('o-1'), { charge, outcomes })

    expect(await pay(anOrder('o-1'), { charge, outcomes })).toEqual({ ...first, repeated: true })
    expect(charges).toBe(1)
  })
})

describe('a call of the gateway', () => {
  it('ends in time, and tells the gateway so', async () => {
    let told: AbortSignal | undefined
    const charge = async (_order: Order, _key: string, signal: AbortSignal) => {
      told = signal
      await new Promise(() => {})
    }

    await expect(chargeInTime({ charge }, anOrder('o-1'), 50)).rejects.toThrow(
      new GatewayUnavailableError('The payment gateway gave no answer within 50 ms'),
    )
    expect(told?.aborted).toBe(true)
  })

  it('has no end but its answer when there is one', async () => {
    let told: AbortSignal | undefined
    const charge = async (_order: Order, _key: string, signal: AbortSignal) => {
      told = signal
    }

    await chargeInTime({ charge }, anOrder('o-1'), 5_000)

    expect(told?.aborted).toBe(false)
  })
})

describe('a gateway behind HTTP', () => {
  let close = () => {}
  afterEach(() => close())

  /** Answers with `status` and `body`, and keeps what it was asked. */
  async function serve(status: number, body = '') {
    const requests: { key: unknown; body: unknown }[] = []
    const server = createServer(async (request, response) => {
      const text = (await request.toArray()).join('')
      requests.push({ key: request.headers['idempotency-key'], body: JSON.parse(text) })
      if (request.url === '/elsewhere') response.writeHead(200).end()
      else response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    close = () => {
      server.closeAllConnections()
      server.close()
    }
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/charges`, requests }
  }
  const charge = (url: string, order = anOrder('o-1')) =>
    httpGateway(url).charge(order, order.order_id, AbortSignal.timeout(5_000))

  it('is asked under the key of the order, whatever text that is', async () => {
    const { url, requests } = await serve(201)

    await charge(url, anOrder('o-1 €\r\n'))

    expect(requests).toEqual([
      { key: 'o-1%20%E2%82%AC%0D%0A', body: { order_id: 'o-1 €\r\n', customer: 'Ada', amount: 12.5 } },
    ])
  })

  it.each([
    [400, DeclinedError],
    [402, DeclinedError],
    [422, DeclinedError],
    [413, DeclinedError],
    [431, DeclinedError],
    [409, GatewayUnavailableError],
    [302, GatewayUnavailableError],
    [401, GatewayUnavailableError],
    [404, GatewayUnavailableError],
    [429, GatewayUnavailableError],
    [500, GatewayUnavailableError],
    [503, GatewayUnavailableError],
  ])('means by %d: %p', async (status, error) => {
    const { url } = await serve(status)

    await expect(charge(url)).rejects.toThrow(error)
  })

  it('says why, on one line that is not too long', async () => {
    const { url } = await serve(402, JSON.stringify({ detail: `no money\n${'x'.repeat(500)}` }))

    await expect(charge(url)).rejects.toThrow(
      `The payment gateway answered 402: no money\\n${'x'.repeat(190)}`,
    )
  })

  it('is asked under a key that fits into a header, however long the id', async () => {
    const { url, requests } = await serve(200)
    const order = anOrder('€'.repeat(20_000))

    await chargeInTime(httpGateway(url), order, 5_000)

    expect(String(requests[0]?.key)).toMatch(/^sha256%2F/)
  })

  it('has charged as soon as it says so, whatever becomes of the rest of its answer', async () => {
    const server = createServer((_request, response) => void response.writeHead(200).write('{"still": '))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    close = () => {
      server.closeAllConnections()
      server.close()
    }

    await charge(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })

  it('may be away', async () => {
    const { url } = await serve(200)
    close()

    await expect(charge(url)).rejects.toThrow(GatewayUnavailableError)
  })
})

describe('the simulated gateway', () => {
  it('takes no time at all with a bound of 0', async () => {
    const order = anOrder('o-1')
    let done = false
    simulatedGateway(0)
      .charge(order, 'o-1', new AbortController().signal)
      .then(() => {
        done = true
      })

    for (let turn = 0; turn < 3; turn++) await Promise.resolve()

    expect(done).toBe(true)
  })
})
