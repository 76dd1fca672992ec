import { afterEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { createOrder } from '../../functions/createOrder/createOrder.ts'
import { readIdempotencyKey, readOrderRequest } from '../../functions/createOrder/orderRequest.ts'
import { KafkaUnavailableError } from '../../shared/errors.ts'
import { MAX_BODY_BYTES } from '../../shared/http/jsonBody.ts'
import { HttpProblem, problemAnswer } from '../../shared/http/problem.ts'
import { FakeProducer } from '../helpers/fakes.ts'
import { readOpenApi, schemaCheck } from '../helpers/openApi.ts'

const openApi = readOpenApi()
const operation = openApi.paths['/orders']?.post
if (operation === undefined) throw new Error('docs/openapi.yml has no POST /orders')
const described = schemaCheck(openApi, { $ref: '#/components/schemas/OrderRequest' })

function taken(body: unknown): boolean {
  try {
    readOrderRequest(body)
    return true
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 400) return false
    throw error
  }
}

/** The rule that a pattern of JSON Schema cannot express for every validator, see the description of the body. */
const hasHalfSurrogate = (body: unknown): boolean => /\\ud[89a-f]/.test(JSON.stringify(body))

const orderLike = (field: string, value: unknown) => ({ customer: 'Ada', amount: 12.5, [field]: value })

/** Texts around the rules of a customer: blanks of all kinds, control characters, astral ones, about 200 long. */
const aCustomer = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(' ', '\u00a0', '\ufeff', '\u3000', '\u2028', '\u180e', '\u200b') }),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', ' ', '李', '👩', '\u0085', '\ufffd', '\t', '\u202e') }),
      fc.integer({ min: 195, max: 205 }).map((length) => '👩'.repeat(length)),
      fc.integer({ min: 195, max: 205 }).map((length) => `a${' '.repeat(length - 2)}b`),
    ),
    fc.constantFrom('', ' ', '\u00a0 ', '\n', '\ufeff'),
  )
  .map((parts) => parts.join(''))

/** Numbers around the rules of an amount. */
const anAmount = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: 100_000_000_100 }).map((cents) => cents / 100),
  fc.integer({ min: 1, max: 100_000 }).map((mills) => mills / 1_000),
  fc.constantFrom(0, -0, 1e-7, 5e-324, 1e9, 1_000_000_000.01, 999_999_999.99, 1e21, 0.07, 0.57, 1.005),
)

const anIdentifier = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.integer({ min: 62, max: 66 }).map((length) => '~'.repeat(length)),
  fc.constantFrom('', ' ', 'a\n', '\u007f', '!', '~'),
)

const anything = fc
  .anything({ withNullPrototype: false })
  .filter((value) => JSON.stringify(value) !== undefined)

const aBody = fc.oneof(
  aCustomer.map((customer) => orderLike('customer', customer)),
  anAmount.map((amount) => orderLike('amount', amount)),
  anIdentifier.map((id) => orderLike('order_id', id)),
  fc.constantFrom('pending', 'paid', 'PENDING', '').map((status) => orderLike('status', status)),
  fc
    .tuple(fc.constantFrom('customer', 'amount', 'order_id', 'status', 'more'), anything)
    .map(([field, value]) => orderLike(field, value)),
  anything,
)

describe('docs/openapi.yml', () => {
  afterEach(() => {
    jest.restoreAllMocks()
  })

  it('takes and refuses the same orders as POST /orders', () => {
    let accepted = 0
    fc.assert(
      fc.property(aBody, (value) => {
        const body = JSON.parse(JSON.stringify(value))
        if (hasHalfSurrogate(body)) return
        const isTaken = taken(body)
        if (isTaken) accepted += 1
        expect(described(body)).toBe(isTaken)
      }),
      { numRuns: 20_000 },
    )
    expect(accepted).toBeGreaterThan(1_000)
  })

  it('takes and refuses the same keys as the header Idempotency-Key', () => {
    const parameter = operation.parameters.find(({ name }) => name === 'idempotency-key')
    const pattern = new RegExp(String(parameter?.schema.pattern), 'u')
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.integer({ min: 250, max: 260 }).map((length) => 'k'.repeat(length)),
    )
    fc.assert(
      fc.property(key, (text) => {
        expect(pattern.test(text)).toBe(isTakenKey(text))
      }),
      { numRuns: 1_000 },
    )
  })

  it('has examples that are what they are examples of', () => {
    const requests = Object.values(operation.requestBody.content['application/json']?.examples ?? {})
    expect(requests.length).toBeGreaterThan(0)
    for (const { value } of requests) expect([value, taken(value)]).toEqual([value, true])
    for (const { content } of Object.values(operation.responses)) {
      for (const { schema, example } of Object.values(content)) {
        if (example === undefined) continue
        const check = schemaCheck(openApi, schema)
        check(example)
        expect(check.errors).toBeNull()
      }
    }
  })

  it('describes the answers as they are', async () => {
    const order = await createOrder(readOrderRequest({ customer: ' Ada ', amount: 0.07 }), aContext, {
      producer: new FakeProducer(),
      deadlineMs: 100,
    })
    expect(mismatch('202', 'application/json', order)).toBeNull()
    const producer = new FakeProducer()
    producer.failure = new KafkaUnavailableError('away')
    for (const fail of [
      () => readOrderRequest({ customer: '', order_id: 7 }),
      () => readOrderRequest(null),
      () => readIdempotencyKey(''),
      () => createOrder({ customer: 'Ada', amount: 1 }, aContext, { producer, deadlineMs: 100 }),
    ]) {
      const { statusCode, headers, body } = problemAnswer(await problemOf(fail))
      expect(mismatch(String(statusCode), String(headers['content-type']), JSON.parse(body))).toBeNull()
    }
  })

  it('names the largest body that is read', () => {
    const bytes = MAX_BODY_BYTES.toLocaleString('en-US')

    expect(JSON.stringify(operation.requestBody)).toContain(`at most ${bytes} bytes`)
    expect(JSON.stringify(operation.responses['413'])).toContain(`larger than ${bytes} bytes`)
  })
})

const aContext = { caller: '', idempotencyKey: undefined, traceparent: '00-trace', correlationId: 'c-1' }

function isTakenKey(text: string): boolean {
  try {
    return readIdempotencyKey(text) === text
  } catch {
    return false
  }
}

async function problemOf(fail: () => unknown): Promise<HttpProblem> {
  try {
    await fail()
  } catch (error) {
    if (error instanceof HttpProblem) return error
    throw error
  }
  throw new Error('it was taken')
}

/** What the description has against an answer; null when nothing. */
function mismatch(status: string, contentType: string, body: unknown) {
  const schema = operation?.responses[status]?.content[contentType]?.schema
  if (schema === undefined) return `${status} ${contentType} is not described`
  const check = schemaCheck(openApi, schema)
  check(body)
  return check.errors ?? null
}
