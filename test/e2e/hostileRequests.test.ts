import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { freePort } from '../helpers/freePort.ts'
import { isLoopback, listenersOf } from '../helpers/listeners.ts'
import { copyProject, type Offline, type ProjectCopy, startOffline } from '../helpers/project.ts'
import { type RawAnswer, sendRaw } from '../helpers/rawHttp.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'

/** In every name and in garbage; in no log but in the notification's own line. */
const SECRET = 'Zq9Secret'
const GOOD = JSON.stringify({ customer: SECRET, amount: 1 })
const SILENT_MS = 500

const request = (
  head: string[],
  body: string | Buffer = '',
  { line = 'POST /orders HTTP/1.1', length = true } = {},
): Buffer =>
  Buffer.concat([
    Buffer.from(
      [
        line,
        'host: localhost',
        ...(length ? [`content-length: ${Buffer.byteLength(body)}`] : []),
        ...head,
        '\r\n',
      ].join('\r\n'),
      'latin1',
    ),
    Buffer.from(body),
  ])
const JSON_TYPE = 'content-type: application/json'
const chunked = (...chunks: string[]) =>
  [...chunks.filter(Boolean), '']
    .map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`)
    .join('')

/** Requests as clients do not write them, as bytes, with every answer that is right; `silence` is none. */
const TRICKS: readonly [what: string, bytes: Buffer, statuses: (number | 'silence')[]][] = [
  ['a good order', request([JSON_TYPE], GOOD), [202]],
  [
    'chunks',
    request([JSON_TYPE, 'transfer-encoding: chunked'], chunked(GOOD.slice(0, 5), GOOD.slice(5)), {
      length: false,
    }),
    [202],
  ],
  [
    'chunks that are none',
    request([JSON_TYPE, 'transfer-encoding: chunked'], 'zz\r\n{}\r\n', { length: false }),
    [400],
  ],
  ['chunks and a length', request([JSON_TYPE, 'transfer-encoding: chunked'], chunked(GOOD)), [400]],
  [
    'a longer body than sent',
    request([JSON_TYPE, 'content-length: 500'], GOOD, { length: false }),
    ['silence'],
  ],
  ['a shorter body than sent', request([JSON_TYPE, 'content-length: 5'], GOOD, { length: false }), [400]],
  ['two lengths', request([JSON_TYPE, 'content-length: 3'], GOOD), [400]],
  ['a length below 0', request([JSON_TYPE, 'content-length: -1'], GOOD, { length: false }), [400]],
  ['a body of gzip', request([JSON_TYPE, 'content-encoding: gzip'], gzipSync(GOOD)), [202, 400, 415]],
  [
    'a bomb of gzip',
    request([JSON_TYPE, 'content-encoding: gzip'], gzipSync(Buffer.alloc(20_000_000, ' '))),
    [400, 413, 415],
  ],
  ['a body that is called gzip', request([JSON_TYPE, 'content-encoding: gzip'], GOOD), [202, 400, 415]],
  ['a body that is called br', request([JSON_TYPE, 'content-encoding: br'], GOOD), [202, 400, 415]],
  ['bytes that are no text', request([JSON_TYPE], Buffer.from([0xff, 0xfe, 0x00])), [400]],
  [
    'UTF-16',
    request(['content-type: application/json; charset=utf-16'], Buffer.from(GOOD, 'utf16le')),
    [400],
  ],
  ['a byte order mark', request([JSON_TYPE], `\ufeff${GOOD}`), [202, 400]],
  [
    '65 kB of customer',
    request([JSON_TYPE], JSON.stringify({ customer: SECRET.repeat(8_000), amount: 1 })),
    [413],
  ],
  [
    '2 MB',
    request([JSON_TYPE], JSON.stringify({ customer: SECRET, amount: 1, a: 'x'.repeat(2_000_000) })),
    [413, 'silence'],
  ],
  ['a long header', request([JSON_TYPE, `correlation-id: ${'x'.repeat(10_000)}`], GOOD), [202, 431]],
  [
    'too long a header',
    request([JSON_TYPE, `correlation-id: ${'x'.repeat(100_000)}`], GOOD),
    [400, 431, 'silence'],
  ],
  [
    'many headers',
    request([JSON_TYPE, ...Array.from({ length: 500 }, (_, n) => `x-${n}: ${n}`)], GOOD),
    [202, 431],
  ],
  ['a header twice', request([JSON_TYPE, 'idempotency-key: a', 'idempotency-key: b'], GOOD), [202, 400]],
  ['a content type twice', request([JSON_TYPE, 'content-type: text/plain'], GOOD), [202, 415]],
  // The local server takes what has no type for JSON.
  ['no content type', request([], GOOD), [202, 415]],
  ['a form', request(['content-type: application/x-www-form-urlencoded'], 'customer=Ada&amount=1'), [415]],
  ['a broken content type', request(['content-type: ;;;'], GOOD), [400, 415]],
  ['a form in parts without an edge', request(['content-type: multipart/form-data'], GOOD), [400, 415]],
  ['a NUL in a header', request([JSON_TYPE, 'correlation-id: a\0b'], GOOD), [400]],
  ['an escape in a header', request([JSON_TYPE, 'correlation-id: \u001b[31mERROR'], GOOD), [202, 400]],
  ['a line feed in a header', request([JSON_TYPE, 'correlation-id: a\n ERROR forged'], GOOD), [202, 400]],
  ['latin-1 in a header', request([JSON_TYPE, 'idempotency-key: \xe9'], GOOD), [400]],
  ['a header named __proto__', request([JSON_TYPE, '__proto__: x', 'constructor: y'], GOOD), [202]],
  ['another method by header', request([JSON_TYPE, 'x-http-method-override: DELETE'], GOOD), [202]],
  ['an expectation', request([JSON_TYPE, 'expect: nothing'], GOOD), [202, 417]],
  ['an upgrade', request([JSON_TYPE, 'connection: upgrade', 'upgrade: websocket'], GOOD), [202, 400, 404]],
  ['a method of none', request([JSON_TYPE], GOOD, { line: 'BREW /orders HTTP/1.1' }), [400, 404]],
  ['DELETE', request([JSON_TYPE], GOOD, { line: 'DELETE /orders HTTP/1.1' }), [404]],
  ['CONNECT', request([], '', { line: 'CONNECT a:1 HTTP/1.1' }), [400, 404, 'silence']],
  ['a path up', request([JSON_TYPE], GOOD, { line: 'POST /x/../../etc/passwd HTTP/1.1' }), [400, 404]],
  ['a path in percents', request([JSON_TYPE], GOOD, { line: 'POST /%2e%2e/%00%0a HTTP/1.1' }), [400, 404]],
  ['broken percents', request([JSON_TYPE], GOOD, { line: 'POST /%zz HTTP/1.1' }), [400, 404]],
  ['a path and a slash', request([JSON_TYPE], GOOD, { line: 'POST /orders/ HTTP/1.1' }), [202, 404]],
  [
    'a whole URL',
    request([JSON_TYPE], GOOD, { line: 'POST http://evil.example/orders HTTP/1.1' }),
    [202, 400, 404],
  ],
  [
    'a long path',
    request([JSON_TYPE], GOOD, { line: `POST /${'a'.repeat(10_000)} HTTP/1.1` }),
    [404, 414, 431],
  ],
  [
    'a query that is odd',
    request([JSON_TYPE], GOOD, { line: 'POST /orders?__proto__[a]=1&a=1&a=2&%zz HTTP/1.1' }),
    [202, 400],
  ],
  ['HTTP/9', request([JSON_TYPE], GOOD, { line: 'POST /orders HTTP/9.9' }), [400, 505]],
  ['no HTTP', Buffer.from(`${SECRET}\r\n\r\n`), [400]],
  ['a TLS greeting', Buffer.from('16030100c8010000c40303', 'hex'), [400, 'silence']],
]

/** `npm start` with a Kafka of its own, and bytes on its port that no client library lets through. */
describe('a hostile request', () => {
  let project: ProjectCopy
  let offline: Offline
  let kafka: TestKafka
  const accepted: string[] = []

  beforeAll(async () => {
    project = copyProject()
    const kafkaPort = await freePort()
    offline = await startOffline({
      folder: project.folder,
      env: { KAFKA_PORT: String(kafkaPort), PAYMENT_MAX_DELAY_MS: '0' },
    })
    kafka = testKafka(`127.0.0.1:${kafkaPort}`)
  }, 180_000)

  afterAll(async () => {
    // Orders that wait for their payment do not matter here.
    await offline?.stop('SIGKILL')
    await kafka?.close()
    project?.remove()
  })

  async function statusOf(bytes: Buffer, patienceMs?: number): Promise<number | 'silence'> {
    const answer = await sendRaw(offline.url, bytes, patienceMs)
    if (answer === undefined) return 'silence'
    if (answer.status === 202) accepted.push(answer.body)
    expect(jsonOf(answer)).toBeInstanceOf(Object)
    return answer.status
  }

  it.each(TRICKS)('with %s gets an answer that is no fault of ours', async (_what, bytes, statuses) => {
    const patience = statuses.includes('silence') ? SILENT_MS : undefined

    expect(statuses).toContain(await statusOf(bytes, patience))
  })

  it('of any bytes gets an answer that is no fault of ours', async () => {
    const character = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    const value = fc.string({ unit: character }).map((text) => text.replace(/[\r\n]/g, ''))
    const names = [
      'content-type',
      'idempotency-key',
      'correlation-id',
      'traceparent',
      'accept-encoding',
      'x-y',
    ]
    const head = fc.array(
      fc.tuple(fc.constantFrom(...names), value).map((pair) => pair.join(': ')),
      { maxLength: 3 },
    )
    const body = fc.oneof(
      fc.json({ stringUnit: 'binary' }),
      fc
        .string({ unit: 'binary' })
        .map((customer) => JSON.stringify({ customer: SECRET + customer, amount: 1 })),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    )
    await fc.assert(
      fc.asyncProperty(head, body, async (lines, content) => {
        expect([202, 400, 413, 415]).toContain(await statusOf(request([JSON_TYPE, ...lines], content)))
      }),
      { numRuns: 200 },
    )
  }, 120_000)

  it('is on the topic exactly once when it was accepted, as the answer says, and not at all otherwise', async () => {
    expect(accepted.length).toBeGreaterThan(20)
    // The offsets are asked for after the last answer: whatever was published is counted.
    const written = (await kafka.read('orders')).map(({ value }) => value)

    expect(written.toSorted()).toEqual(accepted.toSorted())
  })

  it('has stopped nothing: the next order is taken', async () => {
    expect(await statusOf(request([JSON_TYPE, `idempotency-key: ${uniqueName('k')}`], GOOD))).toBe(202)
  })

  it('left no payload, no line of its own and no control character in the log', () => {
    const notifications = /^Notification sent to /
    const lines = offline.lines.filter((line) => !notifications.test(line))

    expect(lines.filter((line) => line.includes(SECRET))).toEqual([])
    expect(lines.filter((line) => /^(ERROR|\s*\{)|forged/.test(line))).toEqual([])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
    expect(offline.lines.filter((line) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line))).toEqual([])
  })

  const onLinux = process.platform === 'linux' ? it : it.skip
  onLinux('can come from this machine only: all that npm start listens on is on loopback', () => {
    const listeners = listenersOf(offline.pid)

    // HTTP, the Lambda API, Kafka's clients and its controller.
    expect(listeners.length).toBeGreaterThanOrEqual(4)
    expect(listeners.filter((listener) => !isLoopback(listener))).toEqual([])
  })
})

/** What is no HTTP to Node.js's parser gets a bare status, before there is a request to answer. */
const BARE = [400, 417, 431, 505]

function jsonOf({ body, status }: RawAnswer): unknown {
  if (body === '' && BARE.includes(status)) return {}
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new Error(`${status} with a body that is not JSON: ${body.slice(0, 200)}`, { cause: error })
  }
}
