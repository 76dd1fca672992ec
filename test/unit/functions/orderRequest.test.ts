import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { orderIdFor } from '../../../functions/createOrder/orderId.ts'
import { readIdempotencyKey, readOrderRequest } from '../../../functions/createOrder/orderRequest.ts'
import { HttpProblem } from '../../../shared/http/problem.ts'

const valid = { customer: 'Ada', amount: 12.5 }

function problemOf(body: unknown): HttpProblem {
  try {
    readOrderRequest(body)
  } catch (error) {
    return error as HttpProblem
  }
  throw new Error(`accepted: ${JSON.stringify(body)}`)
}

describe('an order request', () => {
  it.each([
    [valid, valid],
    [
      { ...valid, customer: '  Ada Lovelace ' },
      { ...valid, customer: 'Ada Lovelace' },
    ],
    [
      { ...valid, customer: '李'.repeat(200) },
      { ...valid, customer: '李'.repeat(200) },
    ],
    [
      { ...valid, customer: '👩‍💻' },
      { ...valid, customer: '👩‍💻' },
    ],
    [
      { ...valid, amount: 0.01 },
      { ...valid, amount: 0.01 },
    ],
    [
      { ...valid, amount: 1_000_000_000 },
      { ...valid, amount: 1_000_000_000 },
    ],
    [
      { ...valid, amount: 999_999_999.99 },
      { ...valid, amount: 999_999_999.99 },
    ],
    [
      { ...valid, order_id: '~o#1' },
      { ...valid, order_id: '~o#1' },
    ],
    [
      { ...valid, status: 'pending' },
      { ...valid, status: 'pending' },
    ],
    [{ ...valid, extra: 1, nested: { a: 1 } }, valid],
  ])('%j is taken', (body, expected) => {
    expect(readOrderRequest(body)).toEqual(expected)
  })

  it.each([
    [null, '#', 'must be a JSON object'],
    [[], '#', 'must be a JSON object'],
    ['text', '#', 'must be a JSON object'],
    [{ amount: 1 }, '#/customer', 'is missing'],
    [{ customer: 'Ada' }, '#/amount', 'is missing'],
    [{ ...valid, customer: null }, '#/customer', 'must be text'],
    [{ ...valid, customer: '' }, '#/customer', 'must not be empty'],
    [{ ...valid, customer: ' \u00a0 ' }, '#/customer', 'must not be empty'],
    [{ ...valid, customer: 'x'.repeat(201) }, '#/customer', 'must have at most 200 characters'],
    [{ ...valid, customer: 'a\nb' }, '#/customer', 'must not contain control characters'],
    [{ ...valid, customer: 'Ada\n' }, '#/customer', 'must not contain control characters'],
    [{ ...valid, customer: 'a\u0085b' }, '#/customer', 'must not contain control characters'],
    [{ ...valid, customer: 'a\ud800b' }, '#/customer', 'must not contain half of a surrogate pair'],
    [{ ...valid, customer: 'a\ufffdb' }, '#/customer', 'must not contain the replacement character U+FFFD'],
    [{ ...valid, amount: '12' }, '#/amount', 'must be a number'],
    [{ ...valid, amount: true }, '#/amount', 'must be a number'],
    [{ ...valid, amount: 0 }, '#/amount', 'must be above 0'],
    [{ ...valid, amount: -0.01 }, '#/amount', 'must be above 0'],
    [{ ...valid, amount: Number.POSITIVE_INFINITY }, '#/amount', 'must be a number'],
    [{ ...valid, amount: 1_000_000_000.01 }, '#/amount', 'must be at most 1000000000'],
    [{ ...valid, amount: 0.001 }, '#/amount', 'must have at most 2 decimals'],
    [{ ...valid, amount: 1e-9 }, '#/amount', 'must have at most 2 decimals'],
    [{ ...valid, amount: 12.345 }, '#/amount', 'must have at most 2 decimals'],
    [{ ...valid, order_id: '' }, '#/order_id', 'must be 1 to 64 visible ASCII characters without spaces'],
    [{ ...valid, order_id: 'a b' }, '#/order_id', 'must be 1 to 64 visible ASCII characters without spaces'],
    [{ ...valid, order_id: 'ö' }, '#/order_id', 'must be 1 to 64 visible ASCII characters without spaces'],
    [{ ...valid, order_id: 'a\n' }, '#/order_id', 'must be 1 to 64 visible ASCII characters without spaces'],
    [
      { ...valid, order_id: 'x'.repeat(65) },
      '#/order_id',
      'must be 1 to 64 visible ASCII characters without spaces',
    ],
    [{ ...valid, order_id: 7 }, '#/order_id', 'must be text'],
    [{ ...valid, order_id: null }, '#/order_id', 'must be text'],
    [{ ...valid, status: 'paid' }, '#/status', 'may only be "pending"; it can be left out'],
  ])('%j is refused at %s: %s', (body, pointer, detail) => {
    const problem = problemOf(body)

    expect(problem.status).toBe(400)
    expect(problem.errors[0]).toEqual({ pointer, detail })
    expect(problem.message).toContain(detail)
  })

  it('says of a negative amount of whole cents only that it is not above 0', () => {
    expect(problemOf({ ...valid, amount: -12.5 }).errors).toEqual([
      { pointer: '#/amount', detail: 'must be above 0' },
    ])
  })

  it('names every field at fault', () => {
    expect(problemOf({ amount: -1, order_id: '' }).errors.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['#/customer', '#/amount', '#/order_id']),
    )
  })

  it('takes every amount of whole cents, as JSON writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000_000 }), (cents) => {
        const text = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
        expect(readOrderRequest({ ...valid, amount: JSON.parse(text) }).amount).toBe(Number(text))
      }),
    )
  })
})

describe('an idempotency key', () => {
  it('may be left out, or be 1 to 255 visible ASCII characters', () => {
    expect(readIdempotencyKey(undefined)).toBeUndefined()
    expect(readIdempotencyKey('k'.repeat(255))).toBe('k'.repeat(255))
  })

  it.each(['', 'k'.repeat(256), 'a b', 'ö', 'a\n'])('may not be %j', (key) => {
    expect(() => readIdempotencyKey(key)).toThrow(HttpProblem)
  })
})

describe('the id of an order that came without one', () => {
  it('is a new UUID version 7 without a key', () => {
    const id = orderIdFor({ caller: '', idempotencyKey: undefined })

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(orderIdFor({ caller: '', idempotencyKey: undefined })).not.toBe(id)
  })

  it('is the same UUID version 8 for the same caller and key, in every deployment', () => {
    expect(orderIdFor({ caller: 'alice', idempotencyKey: 'k1' })).toBe('2d19c25e-f978-852d-91af-9b07f77b68b0')
  })

  it('is another one for another caller or key, however they run together', () => {
    const ids = [
      ['', 'ab'],
      ['a', 'b'],
      ['ab', ''],
      ['a"', 'b'],
      ['a', '"b'],
      ['a","b', 'c'],
      ['a', 'b","c'],
    ].map(([caller = '', idempotencyKey]) => orderIdFor({ caller, idempotencyKey }))

    expect(new Set(ids).size).toBe(ids.length)
  })
})
