import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, failing, reporting, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html

const PROVISIONED = { provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 } }
const BISECTING = {
  ...PROVISIONED,
  functionResponseType: 'ReportBatchItemFailures',
  bisectBatchOnFunctionError: true,
}

const service = new ConformanceService()
const halves = service.function('halves', {
  event: { ...BISECTING, batchSize: 8, maximumRetryAttempts: 1 },
  handler: (event) => {
    if (values(event).includes('bad')) failing()
  },
})
const searching = service.function('searching', {
  event: { ...BISECTING, batchSize: 8, maximumRetryAttempts: 0 },
  handler: (event) => {
    if (values(event).includes('bad')) failing()
  },
})
const noRetries = service.function('noRetries', {
  event: { ...BISECTING, batchSize: 3, maximumRetryAttempts: 0 },
  handler: failing,
})
const alone = service.function('alone', {
  event: { ...BISECTING, batchSize: 1, maximumRetryAttempts: 2 },
  handler: failing,
})
const partitions = service.function('partitions', {
  partitions: 2,
  event: { ...BISECTING, batchSize: 6, maximumBatchingWindow: 300, maximumRetryAttempts: 0 },
  handler: (event) => {
    if (values(event).includes('bad')) failing()
  },
})
const reported = service.function('reported', {
  event: { ...BISECTING, batchSize: 4, maximumRetryAttempts: 1 },
  handler: (event) => reporting(event, ['bad', 'worse']),
})
const both = service.function('both', {
  event: { ...BISECTING, batchSize: 4, maximumRetryAttempts: 1 },
  handler: (event) => {
    if (values(event).length === 4) failing()
    return reporting(event, ['bad'])
  },
})
const without = service.function('without', {
  event: { ...PROVISIONED, batchSize: 4, maximumRetryAttempts: 1 },
  handler: failing,
})

beforeAll(() =>
  service.start({ custom: { kafkaEventSource: { retryPause: { firstMs: 20, longestMs: 40 } } } }),
)
afterAll(() => service.stop())

it('splits a batch in two after an error, the first half to its end before the second, until the bad record is alone', async () => {
  await halves.produce(['a', 'b', 'bad', 'c', 'd', 'e', 'f', 'g'])
  await halves.committed({ 0: 8 })

  expect(halves.sent.map((sent) => sent.join(' '))).toEqual([
    'a b bad c d e f g',
    'a b bad c',
    'a b',
    'bad c',
    // Its first invocation alone, and its one retry.
    'bad',
    'bad',
    'c',
    'd e f g',
  ])
})

it('waits the first pause for each half, however often a batch is split', async () => {
  await searching.produce(['a', 'b', 'c', 'bad', 'd', 'e', 'f', 'g'])
  await searching.committed({ 0: 8 })
  await service.says(searching, 'offset 3 given up')

  const split = service.lines(searching).filter((line) => line.includes('split in two'))
  expect(split.map((line) => line.split(' sent again ')[1])).toEqual(['in 20 ms', 'in 20 ms', 'in 20 ms'])
})

it('spends no retry on splitting: with 0 retries every record still gets an invocation of its own', async () => {
  await noRetries.produce(['a', 'b', 'c'])
  await noRetries.committed({ 0: 3 })

  expect(noRetries.sent.map((sent) => sent.join(' '))).toEqual(['a b c', 'a b', 'a', 'b', 'c'])
})

it('does not split a batch of one record: it is retried', async () => {
  await alone.produce(['a'])
  await alone.committed({ 0: 1 })

  expect(alone.sent).toEqual([['a'], ['a'], ['a']])
})

it('splits a batch of several partitions too, each in its order', async () => {
  await partitions.produce(['0a', 'bad', '0b'], 0)
  await partitions.produce(['1a', '1b', '1c'], 1)
  await partitions.committed({ 0: 3, 1: 3 })

  const [whole, ...parts] = partitions.sent.map((sent) => sent.join(' '))
  expect(['0a bad 0b 1a 1b 1c', '1a 1b 1c 0a bad 0b']).toContain(whole)
  // Each half is of one partition here, and the order of partitions is not the guide's business.
  expect(parts.filter((sent) => sent.startsWith('1'))).toEqual(['1a 1b 1c'])
  expect(parts.filter((sent) => !sent.startsWith('1'))).toEqual(['0a bad 0b', '0a bad', '0a', 'bad', '0b'])
})

it('does not split reported records: they are retried together', async () => {
  await reported.produce(['a', 'bad', 'b', 'worse'])
  await reported.committed({ 0: 4 })

  expect(reported.sent).toEqual([
    ['a', 'bad', 'b', 'worse'],
    ['bad', 'worse'],
  ])
})

it('takes reports about a half that an error brought about', async () => {
  await both.produce(['a', 'bad', 'b', 'c'])
  await both.committed({ 0: 4 })

  expect(both.sent).toEqual([['a', 'bad', 'b', 'c'], ['a', 'bad'], ['bad'], ['b', 'c']])
})

it('does not split when the setting is left out', async () => {
  await without.produce(['a', 'b', 'c', 'd'])
  await without.committed({ 0: 4 })

  expect(without.sent).toEqual([
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'c', 'd'],
  ])
})
