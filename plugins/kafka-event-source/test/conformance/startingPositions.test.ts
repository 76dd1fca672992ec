import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html

const AT_ONCE = { maximumBatchingWindow: 0 }
/** Unix seconds. */
const NOON = 1_767_268_800

const service = new ConformanceService()
const latest = service.function('latest', { event: { ...AT_ONCE, startingPosition: 'LATEST' } })
const quiet = service.function('quiet', { event: { ...AT_ONCE, startingPosition: 'LATEST' } })
const trimHorizon = service.function('trimHorizon', {
  event: { ...AT_ONCE, startingPosition: 'TRIM_HORIZON' },
})
const leftOut = service.function('leftOut', { event: AT_ONCE })
const atTimestamp = service.function('atTimestamp', {
  partitions: 2,
  event: { ...AT_ONCE, startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: NOON },
})
const POSITIONS = {
  LATEST: {},
  TRIM_HORIZON: {},
  AT_TIMESTAMP: { startingPositionTimestamp: 1 },
}
const committedBefore = Object.entries(POSITIONS).map(([startingPosition, more]) =>
  service.function(`committed-${startingPosition}`, { event: { ...AT_ONCE, startingPosition, ...more } }),
)
const unnamed = service.function('unnamed', { event: AT_ONCE, namesGroup: false })

const at = (value: string, msAfterNoon: number) => ({ value, timestamp: String(NOON * 1_000 + msAfterNoon) })

beforeAll(() =>
  service.start({
    before: async () => {
      for (const fn of [latest, trimHorizon, leftOut]) await fn.produce(['before'])
      await atTimestamp.produce([at('too early', -1), at('at', 0), at('after', 1)], 0)
      await atTimestamp.produce([at('too early', -1)], 1)
      await Promise.all(
        committedBefore.map(async (fn) => {
          await fn.produce(['a', 'b', 'c'])
          await service.cluster.commit(fn.groupId(), fn.topic, 0, 1)
        }),
      )
    },
  }),
)
afterAll(() => service.stop())

it('begins with what comes after the start with LATEST', async () => {
  await latest.produce(['after'])
  await latest.committed({ 0: 2 })

  expect(latest.sent).toEqual([['after']])
})

it.each([
  ['with TRIM_HORIZON', trimHorizon],
  ['when no position is named', leftOut],
])('begins with the oldest record %s', async (_position, fn) => {
  await fn.committed({ 0: 1 })

  expect(fn.sent).toEqual([['before']])
})

it('begins with the first record that is not older than the time with AT_TIMESTAMP, in each partition', async () => {
  await atTimestamp.produce([at('later', 5)], 1)
  await atTimestamp.committed({ 0: 3, 1: 2 })

  expect(atTimestamp.sent.flat().sort()).toEqual(['after', 'at', 'later'])
})

it.each(committedBefore.map((fn) => [fn.options.event?.startingPosition, fn] as const))(
  "goes on from the group's committed offset, whatever the starting position: %s",
  async (_position, fn) => {
    await fn.committed({ 0: 3 })

    expect(fn.sent.flat()).toEqual(['b', 'c'])
  },
)

it('takes the same group at each start when none is named, and begins at the end only once', async () => {
  await unnamed.produce(['a'])
  await unnamed.committed({ 0: 1 })
  expect(await service.interrupt()).toBe(0)
  await unnamed.produce(['meanwhile'])
  await quiet.produce(['meanwhile'])
  await service.offline()
  await unnamed.committed({ 0: 2 })
  await quiet.committed({ 0: 1 })

  expect(unnamed.sent).toEqual([['a'], ['meanwhile']])
  // Nothing had come before the stop.
  expect(quiet.sent).toEqual([['meanwhile']])
})
