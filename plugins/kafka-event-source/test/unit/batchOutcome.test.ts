import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { batchOutcome, errorText } from '../../src/polling/batchOutcome.ts'
import { recordsAt } from '../helpers/records.ts'

const records = [...recordsAt(0, [5, 6, 7]), ...recordsAt(1, [0, 1])]
const REPORTS = { reportsFailures: true }
const failure = (partition: unknown, offset: unknown) => ({ itemIdentifier: { partition, offset } })

describe('without ReportBatchItemFailures', () => {
  it.each([null, 'done', { batchItemFailures: [failure('orders-0', 5)] }])(
    'does not look at the answer %j',
    (answer) => {
      expect(batchOutcome(records, { answer }, { reportsFailures: false })).toEqual({ retry: [] })
    },
  )
})

describe('with ReportBatchItemFailures', () => {
  it.each([
    null,
    undefined,
    {},
    [],
    { statusCode: 200 },
    { batchItemFailures: null },
    { batchItemFailures: [] },
  ])('takes %j for success', (answer) => {
    expect(batchOutcome(records, { answer }, REPORTS)).toEqual({ retry: [] })
  })

  it('retries the reported records only, in offset order, however often they are reported', () => {
    const answer = {
      batchItemFailures: [
        failure('orders-1', 1),
        failure('orders-0', 7),
        failure('orders-0', 5),
        failure('orders-0', 7),
      ],
    }

    const { retry, reason } = batchOutcome(records, { answer }, REPORTS)

    expect(retry.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 5],
      [0, 7],
      [1, 1],
    ])
    expect(reason).toBe('reported by the function')
  })

  it.each([
    ['a string', 'orders-0-5'],
    ['a number', 1],
    ['false', false],
    ['a list', [failure('orders-0', 5)]],
    ['failures that are no list', { batchItemFailures: failure('orders-0', 5) }],
    ['failures that are text', { batchItemFailures: 'orders-0' }],
    ['a null item', { batchItemFailures: [null] }],
    ['an item without identifier', { batchItemFailures: [{}] }],
    ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
    ["SQS's text identifier", { batchItemFailures: [{ itemIdentifier: 'orders-0' }] }],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: {} }] }],
    ['no partition', { batchItemFailures: [failure(undefined, 5)] }],
    ['a partition number', { batchItemFailures: [failure(0, 5)] }],
    ['no offset', { batchItemFailures: [failure('orders-0', undefined)] }],
    ['an offset as text', { batchItemFailures: [failure('orders-0', '5')] }],
    ['an offset with a fraction', { batchItemFailures: [failure('orders-0', 5.5)] }],
    ['an offset that was not sent', { batchItemFailures: [failure('orders-0', 8)] }],
    ['a partition that was not sent', { batchItemFailures: [failure('orders-2', 5)] }],
    ['the topic alone', { batchItemFailures: [failure('orders', 5)] }],
    ['one good and one bad', { batchItemFailures: [failure('orders-0', 5), failure('orders-0', -1)] }],
  ])('takes the whole batch for failed: %s', (_name, answer) => {
    expect(batchOutcome(records, { answer }, REPORTS).retry).toEqual(records)
  })

  it('retries what any answer reports and nothing else, or everything', () => {
    const anyAnswer = fc.oneof(
      fc.anything(),
      fc.record({ batchItemFailures: fc.anything() }),
      fc.record({ batchItemFailures: fc.array(fc.anything()) }),
      fc.record({
        batchItemFailures: fc.array(
          fc.record({
            itemIdentifier: fc.record({
              partition: fc.constantFrom('orders-0', 'orders-1'),
              offset: fc.nat(8),
            }),
          }),
        ),
      }),
    )
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const { retry } = batchOutcome(records, { answer }, REPORTS)

        expect(records.filter((record) => retry.includes(record))).toEqual(retry)
      }),
    )
  })
})

it('retries the whole batch after a function error and says why', () => {
  const error = { errorType: 'RangeError', errorMessage: 'too\nmuch\u001b[31m', trace: [] }

  expect(batchOutcome(records, { error }, REPORTS)).toEqual({
    retry: records,
    reason: 'RangeError: too much [31m',
  })
})

it('says where an error was thrown: in the own code, not in a library', () => {
  const trace = [
    'Error: no',
    '    at parse (node:internal/json:1:1)',
    '    at read (/app/node_modules/lib/read.js:2:2)',
    '    at charge (file:///app/functions/charge.ts:12:9)',
    '    at /app/functions/handler.ts:3:3',
  ]

  expect(errorText({ errorType: 'Error', errorMessage: 'no', trace })).toBe('Error: no (charge.ts:12:9)')
})

it('names an error without a message by its type', () => {
  expect(errorText({ errorType: 'Error', errorMessage: '', trace: [] })).toBe('Error')
})
