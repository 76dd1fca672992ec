import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createOrder } from '../../../functions/createOrder/createOrder.ts'
import { requestContextOf } from '../../../functions/createOrder/requestContext.ts'
import { KafkaUnavailableError, RecordRefusedError } from '../../../shared/errors.ts'
import type { HttpAnswer } from '../../../shared/http/problem.ts'
import { FakeProducer } from '../../helpers/fakes.ts'
import { aContext, postOrders } from '../../helpers/lambda.ts'

const valid = { customer: 'Ada', amount: 12.5 }
const context = { caller: '', idempotencyKey: undefined, traceparent: '00-trace', correlationId: 'c-1' }

describe('creating an order', () => {
  it('writes one record with the wire JSON, keyed by the order, and its headers', async () => {
    const producer = new FakeProducer()

    const order = await createOrder({ ...valid, order_id: 'o-1' }, context, { producer, deadlineMs: 1_000 })

    expect(order).toEqual({ order_id: 'o-1', ...valid, status: 'pending' })
    expect(producer.calls).toEqual([
      [
        {
          topic: 'orders',
          key: 'o-1',
          value: '{"order_id":"o-1","customer":"Ada","amount":12.5,"status":"pending"}',
          headers: {
            'content-type': 'application/json',
            traceparent: '00-trace',
            'correlation-id': 'c-1',
          },
        },
      ],
    ])
  })

  it('prefers the order_id that was sent to one made from the idempotency key', async () => {
    const order = await createOrder(
      { ...valid, order_id: 'o-1' },
      { ...context, idempotencyKey: 'k' },
      { producer: new FakeProducer(), deadlineMs: 1_000 },
    )

    expect(order.order_id).toBe('o-1')
  })

  it('answers 503 with Retry-After when Kafka did not acknowledge, without a word of why', async () => {
    const producer = new FakeProducer()
    producer.failure = new KafkaUnavailableError('connect ECONNREFUSED 10.0.0.1:9092')

    const created = createOrder(valid, context, { producer, deadlineMs: 1_000 })

    await expect(created).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      message: expect.not.stringContaining('10.0.0.1'),
    })
  })

  it('does not call a refusal of the brokers a passing trouble', async () => {
    const producer = new FakeProducer()
    producer.failure = new RecordRefusedError('MESSAGE_TOO_LARGE')

    await expect(createOrder(valid, context, { producer, deadlineMs: 1_000 })).rejects.toThrow(
      RecordRefusedError,
    )
  })
})

describe('the context of a request', () => {
  const contextOf = (headers: Record<string, string>, authorizer?: object) =>
    requestContextOf(
      postOrders(valid, { headers, ...(authorizer ? { authorizer } : {}) }) as never,
      aContext(),
      'k',
    )

  it('takes over a valid traceparent and correlation id', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

    expect(contextOf({ traceparent, 'correlation-id': 'c-7' })).toEqual({
      idempotencyKey: 'k',
      caller: '',
      traceparent,
      correlationId: 'c-7',
    })
  })

  it('uses the id of the invocation in place of a correlation id that cannot stand in a header', () => {
    expect(contextOf({ 'correlation-id': 'a b' }).correlationId).toBe('request-1')
  })

  it.each([
    [{ jwt: { claims: { sub: 'alice' } } }, 'alice'],
    [{ iam: { userArn: 'arn:aws:iam::1:user/bob' } }, 'arn:aws:iam::1:user/bob'],
    [{ iam: null }, ''],
  ])('knows the caller of %j', (authorizer, caller) => {
    expect(contextOf({}, authorizer).caller).toBe(caller)
  })
})

/** The handler as it is deployed; nobody listens on its broker's port, which a refused request never learns. */
describe('POST /orders', () => {
  const printed: string[] = []
  let post: (body: unknown, request?: Parameters<typeof postOrders>[1]) => Promise<HttpAnswer>

  beforeAll(async () => {
    process.env.KAFKA_BROKERS = '127.0.0.1:1'
    process.env.ORDER_DEADLINE_MS = '300'
    process.env.LOG_FORMAT = 'json'
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    const { handler } = await import('../../../functions/createOrder/handler.ts')
    post = async (body, request) => await handler(postOrders(body, request) as never, aContext())
  })

  afterAll(() => {
    jest.restoreAllMocks()
  })

  const problemOf = ({ headers, body }: HttpAnswer) => {
    expect(headers['content-type']).toBe('application/problem+json')
    return JSON.parse(body)
  }

  it.each([
    ['an empty body', '', 400],
    ['no body', undefined, 400],
    ['a body that is not JSON', '{"customer":', 400],
    ['JSON that is no object', '[]', 400],
    ['JSON that is null', 'null', 400],
    ['a body whose bytes were not UTF-8', '{"customer":"A\uFFFD","amount":1}', 400],
    ['a body that reaches for the prototype', '{"__proto__":{"a":1},"customer":"Ada","amount":1}', 400],
    ['a body nested without end', `${'['.repeat(30_000)}`, 400],
    ['a customer of another type', { ...valid, customer: {} }, 400],
  ])('refuses %s', async (_what, body, status) => {
    const answer = await post(body)

    expect(answer.statusCode).toBe(status)
    expect(problemOf(answer)).toMatchObject({ status, detail: expect.stringMatching(/\w{3}/) })
  })

  it.each([
    '"__proto__":{"a":1}',
    String.raw`"\u005f_proto__":{"a":1}`,
    '"note":{"constructor":{"prototype":{"a":1}}}',
    String.raw`"note":{"\u0063onstructor":{"prototyp\u0065":{"a":1}}}`,
  ])('says that it refuses the field %s instead of calling the JSON invalid', async (field) => {
    const answer = await post(`{${field},"customer":"Ada","amount":1}`)

    expect(answer.statusCode).toBe(400)
    expect(problemOf(answer).detail).toContain('__proto__')
  })

  it.each([
    ['that says __proto__', '"note":"__proto__"'],
    ['named constructor', '"constructor":"Ada"'],
    ['with a backslash', String.raw`"note":"\\"`],
    ['nested 30,000 deep', `"note":${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ])('has nothing against an unknown field %s', async (_what, field) => {
    expect((await post(`{${field},"customer":"Ada","amount":1}`)).statusCode).toBe(503)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
    'application/jsonp',
    '',
    undefined,
  ])('refuses content type %s', async (contentType) => {
    expect((await post(valid, { headers: { 'content-type': contentType } })).statusCode).toBe(415)
  })

  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8'])(
    'takes content type %s',
    async (contentType) => {
      expect((await post(valid, { headers: { 'content-type': contentType } })).statusCode).toBe(503)
    },
  )

  it('counts the bytes of a body, not its characters', async () => {
    const ofBytes = (bytes: number) => {
      const padding = bytes - JSON.stringify({ ...valid, note: '' }).length
      return JSON.stringify({ ...valid, note: 'é'.repeat(padding / 2) + 'x'.repeat(padding % 2) })
    }
    const large = ofBytes(65_537)

    expect(Buffer.byteLength(large)).toBe(65_537)
    expect(large.length).toBeLessThan(65_536)
    expect((await post(large)).statusCode).toBe(413)
    expect((await post(large, { base64: true })).statusCode).toBe(413)
    expect((await post(ofBytes(65_536))).statusCode).toBe(503)
    expect((await post(ofBytes(65_536), { base64: true })).statusCode).toBe(503)
  })

  it('reads a body in base64', async () => {
    expect((await post({ ...valid, amount: 0 }, { base64: true })).body).toContain('#/amount')
  })

  it('refuses bytes in base64 that are not UTF-8', async () => {
    const answer = await post(undefined)
    expect(answer.statusCode).toBe(400)

    const { handler } = await import('../../../functions/createOrder/handler.ts')
    const latin1 = Buffer.from('{"customer":"Zo\xeb","amount":1}', 'latin1').toString('base64')
    const refused = await handler(
      { ...postOrders(''), body: latin1, isBase64Encoded: true } as never,
      aContext(),
    )

    expect(problemOf(refused as HttpAnswer).detail).toMatch(/UTF-8/)
  })

  it('refuses a malformed Idempotency-Key whatever the case of its name', async () => {
    const answer = await post(valid, { headers: { 'Idempotency-Key': 'a b' } })

    expect(problemOf(answer).errors).toEqual([
      { header: 'Idempotency-Key', detail: expect.stringContaining('visible ASCII') },
    ])
  })

  it('answers 503 within its deadline, without a stack, an address or an internal message', async () => {
    const answer = await post(valid)

    expect(answer.statusCode).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|Kafka|\bat /)
  })

  it('says in answer and log which request it was, and never logs a payload', async () => {
    printed.length = 0
    const answer = await post(
      { customer: 'Secret Name', amount: 0 },
      { headers: { 'correlation-id': 'c-9' } },
    )
    await post('{"customer": "Secret Name"')

    expect(answer.headers['correlation-id']).toBe('c-9')
    expect(printed.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'INFO', function: 'createOrder', status: 400, 'correlation-id': 'c-9' },
      { level: 'INFO', function: 'createOrder', status: 400, 'correlation-id': 'request-1' },
    ])
    expect(printed.join('')).not.toContain('Secret Name')
  })
})
