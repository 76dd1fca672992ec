import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { InvalidRecordError } from '../../../shared/errors.ts'
import { decodeOrder, encodeOrder } from '../../../shared/order.ts'
import { anOrder, asGoWrites } from '../../helpers/orders.ts'

const order = fc.record({
  order_id: fc.string({ minLength: 1, unit: 'binary' }),
  customer: fc.string({ unit: 'binary' }),
  amount: fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true }),
  status: fc.constant('pending'),
})

describe('the record of an order', () => {
  it('has its fields in the order of the wire format', () => {
    expect(encodeOrder(anOrder('o-1'))).toBe(
      '{"order_id":"o-1","customer":"Ada","amount":12.5,"status":"pending"}',
    )
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(order, (written) => {
        expect(decodeOrder(Buffer.from(encodeOrder(written)), 'pending')).toEqual(written)
      }),
    )
  })

  it('is read with its fields in another order and with further ones', () => {
    expect(decodeOrder(Buffer.from(asGoWrites(anOrder('o-1'))), 'pending')).toEqual(anOrder('o-1'))
  })

  const text = (value: unknown) => Buffer.from(JSON.stringify(value))
  it.each([
    ['a tombstone', null, /tombstone/],
    ['nothing', Buffer.alloc(0), /not JSON/],
    ['text that is not JSON', Buffer.from('{"order_id":'), /not JSON/],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
    ['a JSON null', text(null), /the record/],
    ['an array', text([anOrder('o-1')]), /the record/],
    ['no order_id', text({ ...anOrder('o-1'), order_id: undefined }), /order_id/],
    ['an empty order_id', text(anOrder('')), /order_id/],
    ['an amount of 0', text(anOrder('o-1', { amount: 0 })), /amount/],
    ['an amount below 0', text(anOrder('o-1', { amount: -1 })), /amount/],
    ['an amount that is text', text({ ...anOrder('o-1'), amount: '12.5' }), /amount/],
    [
      'an amount that is not finite',
      Buffer.from(encodeOrder(anOrder('o-1')).replace('12.5', '1e999')),
      /amount/,
    ],
    ['another status', text(anOrder('o-1', { status: 'paid' })), /status/],
  ])('is refused for good when it is %s', (_what, value, reason) => {
    const decode = () => decodeOrder(value, 'pending')

    expect(decode).toThrow(InvalidRecordError)
    expect(decode).toThrow(reason)
  })

  it('does not show its payload in the reason', () => {
    expect(() => decodeOrder(Buffer.from('{"customer": secret'), 'pending')).not.toThrow(/secret/)
  })

  it('cannot change the prototype of an order', () => {
    const value = Buffer.from(encodeOrder(anOrder('o-1')).replace('{', '{"__proto__":{"admin":true},'))

    expect((decodeOrder(value, 'pending') as { admin?: boolean }).admin).toBeUndefined()
  })
})
