import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, failing, reporting, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html

const PROVISIONED = {
  maximumBatchingWindow: 0,
  provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 },
}
const REPORTING = { ...PROVISIONED, functionResponseType: 'ReportBatchItemFailures' }
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:conformance-dead-letters'
const NOT_ERRORS = ['text', 42, null, { code: 'E' }, []]

const service = new ConformanceService()
const byDefault = service.function('byDefault', {
  event: { maximumBatchingWindow: 0, batchSize: 2 },
  handler: (_event, { number }) => {
    if (number <= 12) failing()
  },
})
const minusOne = service.function('minusOne', {
  event: { ...PROVISIONED, maximumRetryAttempts: -1 },
  handler: (_event, { number }) => {
    if (number <= 12) failing()
  },
})
const none = service.function('none', {
  event: { ...PROVISIONED, batchSize: 1, maximumRetryAttempts: 0 },
  handler: (event) => {
    if (values(event).includes('bad')) failing()
  },
})
const three = service.function('three', {
  event: { ...PROVISIONED, batchSize: 2, maximumRetryAttempts: 3 },
  handler: (event) => {
    if (values(event).includes('bad')) failing()
  },
})
const reported = service.function('reported', {
  event: { ...REPORTING, maximumRetryAttempts: 2 },
  handler: (event) => reporting(event, ['bad']),
})
const withDestination = service.function('withDestination', {
  event: { ...PROVISIONED, batchSize: 1, destinations: { onFailure: QUEUE_ARN } },
  handler: (event) => {
    if (values(event).includes('bad')) failing()
  },
})
const minusOneWithDestination = service.function('minusOneWithDestination', {
  event: { ...PROVISIONED, maximumRetryAttempts: -1, destinations: { onFailure: QUEUE_ARN } },
  handler: failing,
})
const moreWithDestination = service.function('moreWithDestination', {
  event: { ...PROVISIONED, maximumRetryAttempts: 12, destinations: { onFailure: QUEUE_ARN } },
  handler: failing,
})
const toFile = service.function('toFile', {
  event: { ...PROVISIONED, batchSize: 1, maximumRetryAttempts: 1, destinations: { onFailure: QUEUE_ARN } },
  handler: failing,
})
const pausing = service.function('pausing', {
  event: { maximumBatchingWindow: 0 },
  handler: (_event, { number }) => {
    if (number <= 4) failing()
  },
})
const throwsAnything = service.function('throwsAnything', {
  event: { maximumBatchingWindow: 0 },
  handler: (_event, { number }) => {
    if (number <= NOT_ERRORS.length) throw NOT_ERRORS[number - 1]
  },
})
const slow = service.function('slow', {
  timeout: 1,
  event: { ...PROVISIONED, maximumRetryAttempts: 1 },
  handler: (_event, { number }) => (number === 1 ? new Promise(() => {}) : null),
})
const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
const waiting = service.function('waiting', {
  partitions: 3,
  event: { ...PROVISIONED, batchSize: 2, maximumBatchingWindow: 300 },
  handler: async (event, { number }) => {
    if (number === 1) failing()
    if (values(event).includes('a')) await held
  },
})

beforeAll(() =>
  service.start({ custom: { kafkaEventSource: { retryPause: { firstMs: 20, longestMs: 60 } } } }),
)
afterAll(() => service.stop())

it('retries the whole batch without end by default, in on-demand mode too', async () => {
  await byDefault.produce(['a', 'b'])
  await byDefault.committed({ 0: 2 })

  expect(byDefault.sent).toEqual(Array.from({ length: 13 }, () => ['a', 'b']))
})

it('retries without end with -1', async () => {
  await minusOne.produce(['a'])
  await minusOne.committed({ 0: 1 })

  expect(minusOne.sent).toEqual(Array.from({ length: 13 }, () => ['a']))
})

it('does not retry with 0 attempts: the record is dropped and the partition moves on', async () => {
  await none.produce(['bad', 'good'])
  await none.committed({ 0: 2 })

  expect(none.sent).toEqual([['bad'], ['good']])
  expect(service.lines(none).join('\n')).toContain('offset 0 given up (no retries left) and dropped')
})

it('does not count the first invocation as a retry, and drops the whole batch after the last', async () => {
  await three.produce(['a', 'bad', 'b'])
  await three.committed({ 0: 3 })

  expect(three.sent.filter((sent) => sent.length === 2)).toEqual(
    Array.from({ length: 4 }, () => ['a', 'bad']),
  )
  expect(three.sent.at(-1)).toEqual(['b'])
})

it('counts reported failures as retries too, of the reported records only', async () => {
  await reported.produce(['a', 'bad', 'b'])
  await reported.committed({ 0: 3 })

  expect(reported.sent).toEqual([['a', 'bad', 'b'], ['bad'], ['bad']])
})

it.each([
  ['left out', withDestination],
  ['-1', minusOneWithDestination],
])('retries 10 times with an on-failure destination and endless retries: %s', async (_setting, fn) => {
  await fn.produce(['bad'])
  await fn.committed({ 0: 1 })

  expect(fn.sent).toEqual(Array.from({ length: 11 }, () => ['bad']))
})

it('keeps a number of retries above 10 with an on-failure destination', async () => {
  await moreWithDestination.produce(['bad'])
  await moreWithDestination.committed({ 0: 1 })

  expect(moreWithDestination.invocations).toHaveLength(13)
})

it('writes what a queue would get to a file, and says so once, when no endpoint stands for AWS', async () => {
  await toFile.produce(['a', 'b'])
  await toFile.committed({ 0: 2 })

  const name = `conformance-dev-toFile-${toFile.topic}`
  const file = join('.local/kafka-event-source/on-failure', `${name}.jsonl`)
  const lines = readFileSync(join(service.folder, file), 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).requestContext.approximateInvokeCount)).toEqual([2, 2])
  const told = `what fails goes to ${file} instead of queue conformance-dead-letters, because AWS_ENDPOINT_URL is not set`
  expect(service.lines(toFile).filter((line) => line.includes(told))).toHaveLength(1)
})

it('takes whatever is thrown for an error', async () => {
  await throwsAnything.produce(['a'])
  await throwsAnything.committed({ 0: 1 })

  expect(throwsAnything.invocations).toHaveLength(NOT_ERRORS.length + 1)
})

it("takes a function's timeout for an error", async () => {
  await slow.produce(['a'])
  await slow.committed({ 0: 1 })

  expect(slow.sent).toEqual([['a'], ['a']])
  await service.says(slow, 'Task timed out after 1.00 seconds')
})

it('lets the partitions of a failed batch wait for it, and the others go on', async () => {
  await waiting.produce(['a'], 0)
  await waiting.produce(['b'], 1)
  await waiting.invoked(2)
  await waiting.produce(['waits', 'waits too'], 1)
  await waiting.produce(['c', 'd'], 2)
  await waiting.committed({ 2: 2 })

  expect(waiting.sent.map((sent) => sent.sort())).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['c', 'd'],
  ])
  letGo()
  await waiting.committed({ 0: 1, 1: 3 })
  expect(waiting.sent.at(-1)).toEqual(['waits', 'waits too'])
})

it('pauses before each retry, twice as long each time, up to the longest, as it is set', async () => {
  await pausing.produce(['a'])
  await pausing.committed({ 0: 1 })

  const [first, ...retries] = pausing.invocations
  let endedAt = first?.endedAt ?? Number.NaN
  const pauses = retries.map((retry) => {
    const pause = retry.startedAt - endedAt
    endedAt = retry.endedAt
    return pause
  })
  const expected = [20, 40, 60, 60]
  for (const [index, pause] of pauses.entries()) {
    // A timer may be early by the part of a millisecond that clocks do not show.
    expect(pause).toBeGreaterThanOrEqual((expected[index] ?? Infinity) - 1)
  }
  const told = service.lines(pausing).flatMap((line) => /retry \d in (\d+) ms/.exec(line)?.[1] ?? [])
  expect(told).toEqual(expected.map(String))
})
