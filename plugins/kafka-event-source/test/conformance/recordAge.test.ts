import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, failing, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html

const PROVISIONED = { provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 } }
const AGE_MS = 60_000
const LIMITED = { ...PROVISIONED, maximumRecordAgeInSeconds: AGE_MS / 1_000 }
const FULL_BATCH_OF = (batchSize: number) => ({ batchSize, maximumBatchingWindow: 300 })

const service = new ConformanceService()
const mixed = service.function('mixed', { event: { ...LIMITED, ...FULL_BATCH_OF(4) } })
const allOld = service.function('allOld', { event: { ...LIMITED, maximumBatchingWindow: 0 } })
const aging = service.function('aging', {
  event: { ...LIMITED, ...FULL_BATCH_OF(2) },
  handler: (event) => {
    if (values(event).includes('aging')) failing()
  },
})
const leftOut = service.function('leftOut', { event: { ...PROVISIONED, maximumBatchingWindow: 0 } })
const minusOne = service.function('minusOne', {
  event: { ...PROVISIONED, maximumBatchingWindow: 0, maximumRecordAgeInSeconds: -1 },
})
const appendTime = service.function('appendTime', {
  event: { ...LIMITED, maximumBatchingWindow: 0 },
  topicConfig: { 'message.timestamp.type': 'LogAppendTime' },
})

beforeAll(() =>
  service.start({ custom: { kafkaEventSource: { retryPause: { firstMs: 100, longestMs: 200 } } } }),
)
afterAll(() => service.stop())

const ofAge = (value: string, ageMs: number) => ({ value, timestamp: String(Date.now() - ageMs) })

it('does not send records that are too old, by their own timestamps: they are dropped and committed', async () => {
  await mixed.produce([ofAge('old', 2 * AGE_MS), 'a', ofAge('older', 3 * AGE_MS), 'b'])
  await mixed.committed({ 0: 4 })

  expect(mixed.sent).toEqual([['a', 'b']])
  expect(service.lines(mixed).join('\n')).toContain('given up (too old) and dropped')
})

it('does not invoke the function at all when all records of a batch are too old', async () => {
  await allOld.produce([ofAge('old', 2 * AGE_MS), ofAge('older', 3 * AGE_MS)])
  await allOld.committed({ 0: 2 })

  expect(allOld.invocations).toEqual([])
})

it('looks at the age before each attempt, so that it ends endless retries, and goes on with the others', async () => {
  const timestamp = Date.now() - AGE_MS + 4_000
  await aging.produce([{ value: 'aging', timestamp: String(timestamp) }, 'young'])
  await aging.committed({ 0: 2 })

  const withBoth = aging.sent.slice(0, -1)
  expect(withBoth.length).toBeGreaterThan(1)
  expect(withBoth).toEqual(withBoth.map(() => ['aging', 'young']))
  expect(aging.sent.at(-1)).toEqual(['young'])
  expect(aging.invocations.at(-1)?.startedAt).toBeGreaterThan(timestamp + AGE_MS)
})

it.each([
  ['left out', leftOut],
  ['-1', minusOne],
])('sends records of any age when the limit is %s', async (_setting, fn) => {
  await fn.produce([{ value: 'a', timestamp: '1000' }])
  await fn.committed({ 0: 1 })

  expect(fn.sent).toEqual([['a']])
})

it("counts the age from the topic's timestamp: the broker's own with LogAppendTime", async () => {
  await appendTime.produce([{ value: 'a', timestamp: '1000' }])
  await appendTime.committed({ 0: 1 })

  expect(appendTime.sent).toEqual([['a']])
})
