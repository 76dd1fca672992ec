import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { InvalidRecordError } from '../../../shared/errors.ts'
import { decodeOrder, encodeOrder } from '../../../shared/order.ts'
import { anyValue, garbageRecords } from '../../helpers/garbage.ts'

describe('a record that is garbage', () => {
  it.each(garbageRecords)('is refused for good on both topics when it is $what', ({ value }) => {
    expect(() => decodeOrder(value, 'pending')).toThrow(InvalidRecordError)
    expect(() => decodeOrder(value, 'paid')).toThrow(InvalidRecordError)
  })

  it('is told in one line that is short, whatever it has', () => {
    for (const { value } of garbageRecords) {
      expect(reasonFor(value)).toMatch(/^[\x20-\x7e]{3,120}$/)
    }
  })

  it('is an order that can be written and read again, or is refused for good: nothing else happens', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const order = orderOrUndefined(value)
        if (order === undefined) return
        expect(decodeOrder(Buffer.from(encodeOrder(order)), 'pending')).toEqual(order)
        expect(Buffer.from(order.order_id).toString()).toBe(order.order_id)
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves the prototype of all objects as it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        orderOrUndefined(value)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
    )
  })
})

function orderOrUndefined(value: Buffer | null) {
  try {
    return decodeOrder(value, 'pending')
  } catch (error) {
    if (error instanceof InvalidRecordError) return undefined
    throw error
  }
}

function reasonFor(value: Buffer | null): string {
  try {
    decodeOrder(value, 'pending')
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it was taken for an order')
}
