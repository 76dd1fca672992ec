import { afterEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import type { HttpAnswer } from '../../../shared/http/problem.ts'
import { FakeProducer } from '../../helpers/fakes.ts'
import { aContext } from '../../helpers/lambda.ts'

/** In every customer's name and in garbage, and in no log. */
const SECRET = 'Zq9Secret'

const producer = new FakeProducer()
jest.unstable_mockModule('../../../shared/kafka/kafkaJsProducer.ts', () => ({
  createProducer: () => producer,
}))

interface HttpEvent {
  headers: Record<string, string>
  body?: string
  isBase64Encoded: boolean
}

/** The handler as it is deployed, on a Kafka that takes everything; with what one request printed. */
async function freshHandler(format: 'json' | 'text') {
  jest.resetModules()
  process.env.LOG_FORMAT = format
  const { handler } = await import('../../../functions/createOrder/handler.ts')
  return async (event: HttpEvent) => {
    const printed: string[] = []
    producer.calls.length = 0
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => printed.push(`${text}`) > 0)
    try {
      const request = { ...event, requestContext: { requestId: 'r', http: { method: 'POST' } } }
      const answer = (await handler(request as never, aContext())) as HttpAnswer
      return { answer, printed: printed.join('') }
    } finally {
      write.mockRestore()
    }
  }
}

const trick = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom(
    `\nERROR createOrder: ${SECRET}`,
    '\r\n{"level":"ERROR","message":"forged"}',
    '","level":"ERROR","x":"',
    '\u001b[2J\u001b[31m',
    '\u202eevil',
    '\u2028\u0085',
    'a\\" order_id=forged',
    'a order_id=forged',
    '\u0000',
    '__proto__',
    'x'.repeat(10_000),
  ),
)

const aField = fc.constantFrom(
  'customer',
  'amount',
  'order_id',
  'status',
  '__proto__',
  'constructor',
  'toString',
)
const anOrderJson = fc
  .array(
    fc.tuple(
      aField,
      fc.oneof(
        trick.map((text) => JSON.stringify(text)),
        fc.json(),
        fc.constantFrom(
          '1e400',
          '-0',
          '1e-400',
          '0.1e1',
          '{"prototype":{"admin":true}}',
          '{"__proto__":{"admin":true}}',
          '9'.repeat(5_000),
        ),
      ),
    ),
    { maxLength: 4 },
  )
  .map((fields) => {
    const changes = fields.map(([name, json]) => `,${JSON.stringify(name)}:${json}`).join('')
    return `{"customer":"${SECRET}","amount":1${changes}}`
  })

const aBody = fc.oneof(
  { weight: 3, arbitrary: anOrderJson },
  fc.json({ stringUnit: 'binary' }),
  trick,
  trick.map((customer) => JSON.stringify({ customer: `${SECRET}${customer}`, amount: 1 })),
  trick.map((order_id) => JSON.stringify({ customer: SECRET, amount: 1, order_id })),
  fc
    .string({
      minLength: 1,
      maxLength: 64,
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    })
    .map((order_id) => JSON.stringify({ customer: SECRET, amount: 1, order_id })),
  fc.integer({ min: 1, max: 60_000 }).map((depth) => `{"a":${'['.repeat(depth)}`),
  fc
    .integer({ min: 1, max: 30_000 })
    .map((depth) => `{"customer":"${SECRET}","amount":1,"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  fc
    .integer({ min: 65_000, max: 66_000 })
    .map((size) => `{"customer":"${SECRET}","a":"${'x'.repeat(size)}"}`),
)

const anEvent: fc.Arbitrary<HttpEvent> = fc
  .record({
    headers: fc.dictionary(
      fc.oneof(
        fc.constantFrom('idempotency-key', 'correlation-id', 'traceparent', 'Correlation-Id', '__proto__'),
        fc.string(),
      ),
      trick,
      { maxKeys: 3, noNullPrototype: true },
    ),
    contentType: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('application/json', 'Application/JSON; charset=utf-8') },
      trick,
    ),
    body: fc.option(aBody, { nil: undefined }),
    encoding: fc.constantFrom('text', 'base64', 'not base64'),
  })
  .map(({ headers, contentType, body, encoding }) => ({
    headers: { ...headers, 'content-type': contentType },
    ...(body === undefined
      ? {}
      : { body: encoding === 'base64' ? Buffer.from(body).toString('base64') : body }),
    isBase64Encoded: encoding !== 'text',
  }))

const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const FIELDS = new Set([
  ...['timestamp', 'level', 'function', 'message', 'status', 'reason', 'correlation-id', 'order_id'],
  ...['_aws', 'FunctionName', 'OrdersAccepted'],
])

describe('whatever is posted', () => {
  afterEach(() => {
    jest.restoreAllMocks()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it.each(['json', 'text'] as const)(
    'is answered without a fault of ours, published exactly when accepted, and forges no line of a log in %s',
    async (format) => {
      const post = await freshHandler(format)
      const statuses = new Map<number, number>()
      await fc.assert(
        fc.asyncProperty(anEvent, async (event) => {
          const { answer, printed } = await post(event)

          statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
          expectAnswer(answer)
          expect(printed).not.toContain(SECRET)
          const lines = printed.split('\n')
          expect(lines.pop()).toBe('')
          expect(lines.filter((line) => CONTROLS.test(line))).toEqual([])
          if (format === 'json') expectJsonLines(lines)
          else
            expect(
              lines.map((line) => /^INFO {2}createOrder: (order accepted|request refused) /.test(line)),
            ).toEqual([true])
        }),
        { numRuns: 3_000 },
      )
      expect([...statuses.keys()].toSorted()).toEqual([202, 400, 413, 415])
      expect(statuses.get(202)).toBeGreaterThan(100)
    },
    120_000,
  )
})

function expectAnswer({ statusCode, headers, body }: HttpAnswer): void {
  expect([202, 400, 413, 415]).toContain(statusCode)
  expect(headers['correlation-id']).toMatch(/^[!-~]{1,128}$/)
  const answer = JSON.parse(body)
  if (statusCode !== 202) {
    expect(headers['content-type']).toBe('application/problem+json')
    expect(producer.calls).toEqual([])
    return
  }
  const [[record, ...more] = []] = producer.calls
  expect([producer.calls.length, more]).toEqual([1, []])
  expect(record).toMatchObject({ topic: 'orders', key: answer.order_id, value: JSON.stringify(answer) })
  expect(Object.values(record?.headers ?? {}).filter((value) => !/^[!-~]+$/.test(value))).toEqual([])
}

/** The line of the request, and for an order that of the metrics; each with fields of ours only. */
function expectJsonLines(lines: string[]): void {
  const objects = lines.map((line) => JSON.parse(line))
  expect(objects.filter(({ level }) => level !== undefined)).toHaveLength(1)
  expect(objects.length).toBe(producer.calls.length + 1)
  expect(objects.flatMap((object) => Object.keys(object)).filter((field) => !FIELDS.has(field))).toEqual([])
}
