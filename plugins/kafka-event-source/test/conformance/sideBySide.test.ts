import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ConformanceService, type FunctionUnderTest, failing, records, textOf, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html

const AT_ONCE = { maximumBatchingWindow: 0, batchSize: 1 }

/** Invocations wait for it, as long as it is not opened. */
function barrier() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}

const service = new ConformanceService()
const doors = {
  onDemand: barrier(),
  twoPollers: barrier(),
  fewPartitions: barrier(),
  stuck: barrier(),
}
const onDemand = service.function('onDemand', {
  partitions: 8,
  event: AT_ONCE,
  handler: doors.onDemand.wait,
})
const twoPollers = service.function('twoPollers', {
  partitions: 12,
  event: { ...AT_ONCE, provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 2 } },
  handler: doors.twoPollers.wait,
})
/** Its invocations wait at the door of their record's name. */
function scalingFunction(name: string) {
  const doors = { a: barrier(), b: barrier(), later: barrier() }
  const fn = service.function(name, {
    partitions: 8,
    event: { ...AT_ONCE, provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 2 } },
    handler: (event) => doors[firstValue(event) as keyof typeof doors].wait(),
  })
  return { fn, doors }
}
const growing = scalingFunction('growing')
const shrinking = scalingFunction('shrinking')
const fewPartitions = service.function('fewPartitions', {
  partitions: 2,
  event: { ...AT_ONCE, provisionedPollerConfig: { minimumPollers: 4, maximumPollers: 4 } },
  handler: doors.fewPartitions.wait,
})
const stuck = service.function('stuck', {
  partitions: 2,
  event: AT_ONCE,
  handler: (event) => (firstValue(event) === 'stuck' ? doors.stuck.wait() : null),
})
const ordered = service.function('ordered', {
  partitions: 3,
  event: { maximumBatchingWindow: 0, batchSize: 7 },
  handler: (_event, { number }) => {
    if (number % 4 === 0) failing()
  },
})

const firstValue = (event: Parameters<typeof values>[0]) => values(event)[0]
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** So many records in each of the partitions, all there before the first is sent on. */
async function fill(fn: FunctionUnderTest, partitions: number, texts: readonly string[]): Promise<void> {
  await service.cluster.producer.send({
    topic: fn.topic,
    messages: range(partitions).flatMap((partition) => texts.map((value) => ({ value, partition }))),
  })
}

const committed = (fn: FunctionUnderTest, partitions: number, offset: number) =>
  fn.committed(Object.fromEntries(range(partitions).map((partition) => [partition, offset])))

/** Partitions that were in two invocations at a time. */
function overlaps({ invocations }: FunctionUnderTest): string[] {
  const endedAt = new Map<string, number>()
  return invocations.flatMap((invocation) =>
    Object.keys(invocation.event.records).filter((partition) => {
      const overlapped = invocation.startedAt < (endedAt.get(partition) ?? 0)
      endedAt.set(partition, invocation.endedAt)
      return overlapped
    }),
  )
}

beforeAll(() =>
  service.start({ custom: { kafkaEventSource: { retryPause: { firstMs: 10, longestMs: 20 } } } }),
)
afterAll(() => service.stop())

it('runs 5 invocations side by side in on-demand mode, a partition in one at a time', async () => {
  await fill(onDemand, 8, ['a', 'b'])
  await onDemand.invoked(5)
  doors.onDemand.open()
  await committed(onDemand, 8, 2)

  expect(onDemand.mostAtOnce).toBe(5)
  expect(overlaps(onDemand)).toEqual([])
  expect(onDemand.invocations).toHaveLength(16)
})

it('runs 5 invocations side by side for each poller in provisioned mode', async () => {
  await fill(twoPollers, 12, ['a', 'b'])
  await twoPollers.invoked(10)
  doors.twoPollers.open()
  await committed(twoPollers, 12, 2)

  expect(twoPollers.mostAtOnce).toBe(10)
  expect(overlaps(twoPollers)).toEqual([])
})

/** A backlog in each of 8 partitions, worked off by as many invocations side by side. */
async function grow({ fn, doors }: ReturnType<typeof scalingFunction>): Promise<void> {
  await fill(fn, 8, ['a', 'b', 'b'])
  await fn.invoked(5)
  doors.a.open()
  await fn.reaches(() => fn.sent.flat().filter((value) => value === 'b').length === 8, '8 of b')
  doors.b.open()
  await committed(fn, 8, 3)
}

it('adds pollers up to the maximum while partitions have a backlog', async () => {
  await grow(growing)

  expect(growing.fn.mostAtOnce).toBe(8)
})

it('takes pollers away down to the minimum when the backlog is worked off', async () => {
  const { fn, doors } = shrinking
  await grow(shrinking)
  fn.forget()
  await fill(fn, 8, ['later'])
  await fn.invoked(5)
  doors.later.open()
  await committed(fn, 8, 4)

  expect(fn.mostAtOnce).toBe(5)
})

it('reads every partition when there are fewer than pollers, each in one invocation at a time', async () => {
  await fill(fewPartitions, 2, ['a', 'b', 'c'])
  await fewPartitions.invoked(2)
  doors.fewPartitions.open()
  await committed(fewPartitions, 2, 3)

  expect(fewPartitions.mostAtOnce).toBe(2)
  expect(overlaps(fewPartitions)).toEqual([])
})

it('lets the other partitions go on while an invocation holds one', async () => {
  await stuck.produce(['stuck', 'waits'], 0)
  await stuck.invoked(1)
  await stuck.produce(['a', 'b'], 1)
  await stuck.committed({ 1: 2 })

  expect(stuck.sent).toEqual([['stuck'], ['a'], ['b']])
  doors.stuck.open()
  await stuck.committed({ 0: 2 })
})

it('keeps the order within each partition, loses nothing and repeats only what failed', async () => {
  const sixty = range(60).map(String)
  await fill(ordered, 3, sixty)
  await committed(ordered, 3, 60)

  const done = ordered.invocations
    .filter((_, index) => (index + 1) % 4 !== 0)
    .flatMap(({ event }) => records(event))
  for (const partition of range(3)) {
    expect(done.filter((record) => record.partition === partition).map(textOf)).toEqual(sixty)
  }
})
