import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, type FunctionUnderTest, records } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html

const NOT_UTF8 = Buffer.from([0xff, 0xfe])

const filtering = (name: string, values: readonly unknown[], event: Record<string, unknown> = {}) =>
  service.function(name, {
    event: { maximumBatchingWindow: 0, filterPatterns: values.map((value) => ({ value })), ...event },
  })

const service = new ConformanceService()
const json = filtering('json', [{ status: ['pending'] }])
const text = filtering('text', [['a', { prefix: 'b' }]])
const either = filtering('either', [{ status: ['pending'] }, { status: ['paid'], amount: [10] }])
const bothFormats = filtering('bothFormats', [['hello'], { status: ['pending'] }])
const count = filtering('count', [{ wanted: [true] }], { batchSize: 3, maximumBatchingWindow: 300 })
const dropsAll = filtering('dropsAll', [{ wanted: [true] }])
const retried = service.function('retried', {
  event: { maximumBatchingWindow: 0, filterPatterns: [{ value: { wanted: [true] } }] },
  handler: (_event, { number }) => {
    if (number === 1) throw new Error('no')
  },
})

/** For each operator: a condition on `f`, what fits it, what does not. */
const OPERATORS: readonly [operator: string, condition: object, fits: object[], doesNot: object[]][] = [
  ['null', { f: [null] }, [{ f: null }], [{ f: 'null' }, { f: 0 }, {}]],
  ['empty text', { f: [''] }, [{ f: '' }], [{ f: ' ' }, { f: null }]],
  ['equals', { f: ['Ada'] }, [{ f: 'Ada' }, { f: ['Bob', 'Ada'] }], [{ f: 'ada' }, { f: 'Adam' }]],
  ['equals, ignoring case', { f: [{ 'equals-ignore-case': 'ada' }] }, [{ f: 'ADA' }], [{ f: 'Bob' }]],
  ['and', { f: ['x'], g: [1] }, [{ f: 'x', g: 1 }], [{ f: 'x' }, { f: 'x', g: 2 }]],
  ['or', { f: ['x', 'y'] }, [{ f: 'x' }, { f: 'y' }], [{ f: 'z' }]],
  ['or between fields', { $or: [{ f: ['x'] }, { g: [1] }] }, [{ f: 'x' }, { g: 1 }], [{ f: 'y', g: 2 }]],
  ['not', { f: [{ 'anything-but': ['x', 'y'] }] }, [{ f: 'z' }], [{ f: 'x' }, { f: 'y' }, {}]],
  [
    'numbers',
    { f: [{ numeric: ['>', 10, '<=', 20] }] },
    [{ f: 10.5 }, { f: 20 }],
    [{ f: 10 }, { f: 21 }, { f: '15' }],
  ],
  ['a number', { f: [300] }, [{ f: 300 }], [{ f: 301 }, { f: '300' }]],
  ['exists', { f: [{ exists: true }] }, [{ f: 0 }, { f: null }], [{ g: 1 }, { f: { leaf: 1 } }]],
  ['does not exist', { g: [1], f: [{ exists: false }] }, [{ g: 1 }], [{ g: 1, f: 1 }]],
  ['begins with', { f: [{ prefix: 'us-' }] }, [{ f: 'us-east' }], [{ f: 'eu-us-' }]],
  ['ends with', { f: [{ suffix: '.png' }] }, [{ f: 'a.png' }], [{ f: 'a.png.txt' }]],
  ['below other fields', { f: { g: { h: [1] } } }, [{ f: { g: { h: 1 } } }], [{ f: { h: 1 } }, { g: 1 }]],
]
/** Each in a field of its own, which a record of another does not have; 10 patterns are the most. */
const conditions = OPERATORS.map(([operator, condition]) => ({ [operator]: condition }))
const operators = [conditions.slice(0, 10), conditions.slice(10)].map((some, index) =>
  filtering(`operators${index}`, some),
)

beforeAll(() =>
  service.start({ custom: { kafkaEventSource: { retryPause: { firstMs: 20, longestMs: 20 } } } }),
)
afterAll(() => service.stop())

const produced = new Map<FunctionUnderTest, number>()

/** Produces all, and gives what the function was sent of them when all offsets are committed; null for a tombstone. */
async function delivered(
  fn: FunctionUnderTest,
  values: readonly (string | Buffer | null)[],
): Promise<(string | null)[]> {
  const first = produced.get(fn) ?? 0
  produced.set(fn, first + values.length)
  await fn.produce(values.map((value) => ({ value })))
  await fn.committed({ 0: first + values.length })
  return fn.invocations
    .flatMap(({ event }) => records(event))
    .filter(({ offset }) => offset >= first)
    .map(({ value }) => (value === null ? null : Buffer.from(value, 'base64').toString('latin1')))
}

it('delivers the JSON that fits and drops the rest', async () => {
  const pending = '{"status": "pending", "amount": 1}'

  expect(await delivered(json, [pending, '{"status":"paid"}', '{}', '3', '"pending"'])).toEqual([pending])
})

it('delivers what is no JSON past a pattern for JSON: text, bytes that are no UTF-8, a tombstone', async () => {
  const values = ['pending', NOT_UTF8, null, '']

  expect(await delivered(json, values)).toEqual(['pending', NOT_UTF8.toString('latin1'), null, ''])
})

it('delivers the text that fits a pattern for text, and JSON past it', async () => {
  expect(await delivered(text, ['a', 'b-1', 'c', 'ab', '{"a":1}', null])).toEqual([
    'a',
    'b-1',
    '{"a":1}',
    null,
  ])
})

it('delivers what fits one of several patterns', async () => {
  const records = ['pending', 'paid', 'lost'].map((status) => JSON.stringify({ status, amount: 10 }))

  expect(await delivered(either, [...records, '{"status":"paid","amount":9}'])).toEqual(records.slice(0, 2))
})

it('delivers all when there are patterns for JSON and for text: neither finds the other format fitting', async () => {
  const values = ['hello', 'bye', '{"status":"pending"}', '{"status":"paid"}']

  expect(await delivered(bothFormats, values)).toEqual(values)
})

const functionOf = (operator: string) =>
  operators[OPERATORS.findIndex(([name]) => name === operator) < 10 ? 0 : 1] as FunctionUnderTest

it.each(OPERATORS)('knows the operator: %s', async (operator, _condition, fits, doesNot) => {
  const texts = (some: readonly object[]) => some.map((value) => JSON.stringify({ [operator]: value }))

  const sent = await delivered(functionOf(operator), texts([...doesNot, ...fits, ...doesNot]))
  expect(sent).toEqual(texts(fits))
})

it('takes 300, 300.0 and 3e2 for equal', async () => {
  const texts = ['300', '300.0', '3e2', '300.5'].map((number) => `{"a number":{"f":${number}}}`)

  expect(await delivered(functionOf('a number'), texts)).toEqual(texts.slice(0, 3))
})

it('counts the records of a batch after filtering', async () => {
  const [yes, no] = ['{"wanted":true}', '{"wanted":false}']

  expect(await delivered(count, [yes, no, yes, no, no, no, yes, no, no])).toEqual([yes, yes, yes])
  expect(count.invocations).toHaveLength(1)
})

it('commits the offsets of dropped records, without an invocation when nothing else is there', async () => {
  expect(await delivered(dropsAll, ['{}', '{"wanted":false}'])).toEqual([])
})

it('commits dropped records only up to the first that is not done', async () => {
  await retried.produce(['{}', '{"wanted":true}', '{}'])
  await retried.committed({ 0: 3 })

  expect(retried.sent).toEqual([['{"wanted":true}'], ['{"wanted":true}']])
})
