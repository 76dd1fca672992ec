import { describe, expect, it } from '@jest/globals'
import { simulatedGateway } from '../../../functions/payment/gateway.ts'
import { payOrder } from '../../../functions/payment/payOrder.ts'
import { type KafkaRecord, readKafkaEvent } from '../../../shared/batch/kafkaEvent.ts'
import type { Order } from '../../../shared/order.ts'
import { kafkaEvent, type RecordContent } from '../../helpers/kafkaEvents.ts'
import { anOrder } from '../../helpers/orders.ts'

const recordOf = (content: Partial<RecordContent> = {}) =>
  readKafkaEvent(kafkaEvent({ 'orders-0': [{ value: anOrder('o-1'), ...content }] }))
    .records[0] as KafkaRecord

describe('paying an order', () => {
  it('charges it once, under its id, and passes it on as paid with the key and the trace', async () => {
    const charged: [Order, string][] = []
    const gateway = { charge: async (order: Order, key: string) => void charged.push([order, key]) }
    const record = recordOf({
      key: 'some-key',
      headers: [
        ['traceparent', '00-a'],
        ['tracestate', 'x=1'],
        ['correlation-id', 'c-1'],
        ['secret', 's'],
      ],
    })

    const paid = await payOrder(anOrder('o-1'), record, { gateway })

    expect(charged).toEqual([[anOrder('o-1'), 'o-1']])
    expect(paid).toEqual({
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
    const gateway = { charge: async () => undefined }

    expect((await payOrder(anOrder('o-1'), recordOf(), { gateway })).key).toBeNull()
    expect((await payOrder(anOrder('o-1'), recordOf({ key: '' }), { gateway })).key).toEqual(Buffer.alloc(0))
  })

  it('publishes nothing for an order that was not charged', async () => {
    const gateway = { charge: async () => Promise.reject(new Error('declined')) }

    await expect(payOrder(anOrder('o-1'), recordOf(), { gateway })).rejects.toThrow('declined')
  })
})

describe('the simulated gateway', () => {
  it('takes no time at all with a bound of 0', async () => {
    const order = anOrder('o-1')
    let done = false
    simulatedGateway(0)
      .charge(order, 'o-1')
      .then(() => {
        done = true
      })

    for (let turn = 0; turn < 3; turn++) await Promise.resolve()

    expect(done).toBe(true)
  })
})
