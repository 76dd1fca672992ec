import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import type { InvocationResult } from '../../src/polling/batchOutcome.ts'
import { PartitionQueue } from '../../src/polling/PartitionQueue.ts'
import type { PollerOptions } from '../../src/polling/Poller.ts'
import { Pollers } from '../../src/polling/Pollers.ts'
import { DEFAULT_RETRY_PAUSE } from '../../src/polling/retryPause.ts'
import { silentLog } from '../helpers/log.ts'
import { sentEvent } from '../helpers/mappings.ts'
import { recordsAt } from '../helpers/records.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** Pollers over a topic, whose invocations end when the test says so. */
function polling(
  partitions: number,
  pollers: { minimum: number; maximum: number } | undefined,
  settings: Partial<PollerOptions['settings']> = {},
) {
  const queues = Array.from({ length: partitions }, (_, partition) => new PartitionQueue('orders', partition))
  const running: { partitions: string[]; end(result?: InvocationResult): Promise<void> }[] = []
  const underTest = new Pollers({
    name: 'f',
    source: { bootstrapServers: 'b' },
    settings: {
      batchSize: 10,
      batchingWindowMs: 100,
      reportsFailures: false,
      maximumRetries: Infinity,
      maximumRecordAgeMs: Infinity,
      bisects: false,
      pollers,
      ...settings,
    },
    retryPause: DEFAULT_RETRY_PAUSE,
    destination: undefined,
    runner: {
      invoke: (event) => {
        const { promise, resolve } = Promise.withResolvers<InvocationResult>()
        const invocation = {
          partitions: Object.keys(sentEvent(event).records),
          end: async (result: InvocationResult = { answer: null }) => {
            running.splice(running.indexOf(invocation), 1)
            resolve(result)
            await jest.advanceTimersByTimeAsync(0)
          },
        }
        running.push(invocation)
        return promise
      },
      close: async () => {},
    },
    log: silentLog,
    progressed() {},
  })
  underTest.release(queues)
  const next = new Map<number, number>()
  const arrive = (partition: number, count = 1) => {
    const first = next.get(partition) ?? 0
    next.set(partition, first + count)
    const offsets = Array.from({ length: count }, (_, index) => first + index)
    queues[partition]?.append(recordsAt(partition, offsets), first + count)
    underTest.pump()
  }
  return { pollers: underTest, queues, running, arrive }
}

it('gathers a batch over the partitions of one poller only', async () => {
  const { arrive, running } = polling(4, { minimum: 2, maximum: 2 })
  for (const partition of [3, 1, 0, 2]) arrive(partition)
  await jest.advanceTimersByTimeAsync(100)

  expect(running.map(({ partitions }) => partitions)).toEqual([
    ['orders-0', 'orders-1'],
    ['orders-2', 'orders-3'],
  ])
})

it.each([
  ['on-demand mode runs 5 invocations side by side', undefined, 5],
  ['provisioned mode 5 for each poller, of which a backlog brings more', { minimum: 1, maximum: 2 }, 10],
])('%s', (_mode, settings, invocations) => {
  const { arrive, running } = polling(12, settings)
  for (let partition = 0; partition < 12; partition += 1) arrive(partition, 50)

  expect(running).toHaveLength(invocations)
})

it('gives a partition to a new poller without sending it twice at a time, and takes it up there when it is free', async () => {
  const { arrive, running, queues, pollers } = polling(6, { minimum: 1, maximum: 2 })
  arrive(5, 10)
  expect([running.length, pollers.count]).toEqual([1, 1])
  for (const { partition } of queues) arrive(partition, 40)
  expect(pollers.count).toBe(2)

  const sent = running.flatMap(({ partitions }) => partitions)
  expect(new Set(sent).size).toBe(sent.length)
  await running[0]?.end()

  expect(running.filter(({ partitions }) => partitions.includes('orders-5'))).toHaveLength(1)
})

it('has fewer pollers again only when nothing is left to do', async () => {
  const { arrive, running, queues, pollers } = polling(6, { minimum: 1, maximum: 2 })
  for (const { partition } of queues) arrive(partition, 40)
  while (running.length > 1) await running[0]?.end()
  pollers.pump()
  expect(pollers.count).toBe(2)

  await running[0]?.end()
  await jest.advanceTimersByTimeAsync(100)
  while (running.length > 0) await running[0]?.end()

  expect([pollers.count, queues.every(({ position }) => position === 40)]).toEqual([1, true])
})

it('gives up thousands of records in a row, whichever pollers have them', async () => {
  const { queues, pollers } = polling(
    2,
    { minimum: 2, maximum: 2 },
    { maximumRecordAgeMs: 60_000, batchSize: 1 },
  )
  for (const queue of queues) {
    const offsets = Array.from({ length: 14_000 }, (_, offset) => offset)
    queue.append(
      recordsAt(queue.partition, offsets).map((record) => ({ ...record, timestamp: 0 })),
      14_000,
    )
  }
  pollers.pump()
  await jest.advanceTimersByTimeAsync(0)

  expect(queues.map(({ position }) => position)).toEqual([14_000, 14_000])
})

it('begins nothing more once it is stopped, also when the partitions change hands meanwhile', async () => {
  const { arrive, running, queues, pollers } = polling(6, { minimum: 6, maximum: 6 })
  pollers.release(queues.slice(0, 1))
  arrive(0)
  await jest.advanceTimersByTimeAsync(100)
  expect(running).toHaveLength(1)

  void pollers.stop()
  pollers.hold()
  for (const { partition } of queues) arrive(partition)
  pollers.release(queues)
  await jest.advanceTimersByTimeAsync(1_000)

  expect(running).toHaveLength(1)
})
