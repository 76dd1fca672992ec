import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, records, reporting, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html

const REPORTING = {
  functionResponseType: 'ReportBatchItemFailures',
  provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 },
}

/** Answers that say that all is well. */
const SUCCESSES: Record<string, unknown> = {
  nothing: undefined,
  null: null,
  'empty object': {},
  'empty list': [],
  'no batchItemFailures': { done: true },
  'batchItemFailures of null': { batchItemFailures: null },
  'empty batchItemFailures': { batchItemFailures: [] },
}

const item = (itemIdentifier: unknown) => ({ batchItemFailures: [{ itemIdentifier }] })

/** Answers that nobody can make sense of, by the first record of the batch of two and the name of its partition. */
const FAILURES: Record<string, (partition: string, offset: number) => unknown> = {
  text: () => 'done',
  'empty text': () => '',
  number: () => 3,
  true: () => true,
  'a list': () => [{ itemIdentifier: {} }],
  'batchItemFailures is no list': () => ({ batchItemFailures: { itemIdentifier: {} } }),
  'item is null': () => ({ batchItemFailures: [null] }),
  'item is empty': () => ({ batchItemFailures: [{}] }),
  'identifier is null': () => item(null),
  'identifier is empty text': () => item(''),
  'identifier is text, as for SQS': (partition, offset) => item(`${partition}-${offset}`),
  'identifier is empty': () => item({}),
  'no offset': (partition) => item({ partition }),
  'no partition': (_partition, offset) => item({ offset }),
  'partition is a number': (_partition, offset) => item({ partition: 0, offset }),
  'offset is text': (partition, offset) => item({ partition, offset: `${offset}` }),
  'offset is no whole number': (partition, offset) => item({ partition, offset: offset + 0.5 }),
  'other key, as in an older text of the guide': (partition, offset) =>
    item({ 'topic-partition': partition, offset }),
  'unknown partition': (partition, offset) => item({ partition: `${partition}1`, offset }),
  'unknown offset': (partition, offset) => item({ partition, offset: offset + 2 }),
  'offset of an earlier batch': (partition, offset) => item({ partition, offset: offset - 1 }),
  'one that fits and one that does not': (partition, offset) => ({
    batchItemFailures: [
      { itemIdentifier: { partition, offset } },
      { itemIdentifier: { partition, offset: -1 } },
    ],
  }),
}

const service = new ConformanceService()
const succeeding = service.function('succeeding', {
  event: { ...REPORTING, batchSize: 1, maximumRetryAttempts: 0 },
  handler: (event) => SUCCESSES[values(event)[0] as string],
})
const malformed = service.function('malformed', {
  event: { ...REPORTING, batchSize: 2 },
  handler: (event, { number }) => {
    const [first] = records(event)
    const { topic, partition, offset } = first as { topic: string; partition: number; offset: number }
    return number % 2 === 1 ? FAILURES[values(event)[0] as string]?.(`${topic}-${partition}`, offset) : null
  },
})
const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
const partial = service.function('partial', {
  event: { ...REPORTING, batchSize: 5 },
  handler: async (event, { number }) => {
    if (number === 1) return reporting(event, ['bad', 'worse'])
    if (number === 2) await held
  },
})
const twice = service.function('twice', {
  event: { ...REPORTING, batchSize: 2 },
  handler: (event, { number }) => {
    const { batchItemFailures } = reporting(event, ['bad'])
    return number === 1 ? { batchItemFailures: [...batchItemFailures, ...batchItemFailures] } : null
  },
})
const { promise: heldPartition, resolve: letPartitionGo } = Promise.withResolvers<void>()
const partitions = service.function('partitions', {
  partitions: 2,
  event: { ...REPORTING, batchSize: 4, maximumBatchingWindow: 300 },
  handler: async (event, { number }) => {
    if (number === 1) return reporting(event, ['0b'])
    if (values(event).includes('0b')) await heldPartition
  },
})
const notAsked = service.function('notAsked', {
  event: { provisionedPollerConfig: {} },
  handler: (event) => reporting(event, ['a']),
})

beforeAll(() =>
  service.start({ custom: { kafkaEventSource: { retryPause: { firstMs: 20, longestMs: 40 } } } }),
)
afterAll(() => service.stop())

it('takes an answer that reports nothing for success: null, nothing, an empty object or list', async () => {
  const names = Object.keys(SUCCESSES)
  await succeeding.produce(names)
  await succeeding.committed({ 0: names.length })

  expect(succeeding.sent.flat()).toEqual(names)
  expect(service.lines(succeeding).filter((line) => line.includes('failed'))).toEqual([])
})

it('retries the whole batch when the answer is of another shape, or reports what was not sent', async () => {
  const names = Object.keys(FAILURES)
  await malformed.produce(names.flatMap((name) => [name, 'other']))
  await malformed.committed({ 0: 2 * names.length })

  const twiceEach = names.flatMap((name) => [
    [name, 'other'],
    [name, 'other'],
  ])
  expect(malformed.sent).toEqual(twiceEach)
})

it('retries the reported records only, and commits only below the first of them', async () => {
  await partial.produce(['a', 'bad', 'b', 'worse', 'c'])
  await partial.invoked(2)
  await partial.committed({ 0: 1 })

  expect(partial.sent).toEqual([
    ['a', 'bad', 'b', 'worse', 'c'],
    ['bad', 'worse'],
  ])
  letGo()
  await partial.committed({ 0: 5 })
})

it('takes a record that is reported twice as reported', async () => {
  await twice.produce(['a', 'bad'])
  await twice.committed({ 0: 2 })

  expect(twice.sent).toEqual([['a', 'bad'], ['bad']])
})

it('frees the partitions that are done while the reported records of another are retried', async () => {
  await partitions.produce(['0a', '0b'], 0)
  await partitions.produce(['1a', '1b'], 1)
  await partitions.invoked(2)
  await partitions.produce(['1c', '1d', '1e', '1f'], 1)
  await partitions.committed({ 0: 1, 1: 6 })

  expect(partitions.sent.slice(1)).toEqual([['0b'], ['1c', '1d', '1e', '1f']])
  letPartitionGo()
  await partitions.committed({ 0: 2 })
})

it('does not look at the answer without ReportBatchItemFailures', async () => {
  await notAsked.produce(['a'])
  await notAsked.committed({ 0: 1 })

  expect(notAsked.invocations).toHaveLength(1)
})
