import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import * as fc from 'fast-check'
import { BatchDispatcher, type DispatcherOptions } from '../../src/BatchDispatcher.ts'
import type { InvocationResult } from '../../src/batchOutcome.ts'
import type { LambdaKafkaEvent } from '../../src/lambdaEvent.ts'
import { PartitionQueue } from '../../src/PartitionQueue.ts'
import { KeptLog } from '../helpers/log.ts'
import { recordsAt } from '../helpers/records.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** `orders-0:0,1 orders-2:5`: what an event carries. */
const carried = (text: string): string =>
  Object.entries((JSON.parse(text) as LambdaKafkaEvent).records)
    .map(([name, records]) => `${name}:${records.map(({ offset }) => offset).join(',')}`)
    .join(' ')

const FAILED: InvocationResult = { error: { errorType: 'Error', errorMessage: 'no', trace: [] } }
const DONE: InvocationResult = { answer: null }

/** A dispatcher over these partitions, whose invocations end when the test says how. */
function dispatching(partitions: number, options: Partial<DispatcherOptions> = {}) {
  const queues = Array.from({ length: partitions }, (_, partition) => new PartitionQueue('orders', partition))
  const running: { sent: string; end(result: InvocationResult): Promise<void> }[] = []
  const sent: string[] = []
  const log = new KeptLog()
  const dispatcher = new BatchDispatcher({
    name: 'f',
    source: { bootstrapServers: 'b' },
    batchSize: 10,
    batchingWindowMs: 0,
    reportsFailures: true,
    runner: {
      invoke: (text) => {
        const { promise, resolve } = Promise.withResolvers<InvocationResult>()
        const invocation = {
          sent: carried(text),
          end: async (result: InvocationResult) => {
            running.splice(running.indexOf(invocation), 1)
            resolve(result)
            await jest.advanceTimersByTimeAsync(0)
          },
        }
        running.push(invocation)
        sent.push(invocation.sent)
        return promise
      },
      close: async () => {},
    },
    log,
    progressed() {},
    ...options,
  })
  dispatcher.release(queues)
  const next = new Map<number, number>()
  const arrive = (partition: number, count = 1) => {
    const first = next.get(partition) ?? 0
    next.set(partition, first + count)
    const offsets = Array.from({ length: count }, (_, index) => first + index)
    queues[partition]?.append(recordsAt(partition, offsets), first + count)
    dispatcher.pump()
  }
  return { dispatcher, queues, running, sent, log, arrive }
}

it('waits for the window from the first record on, and from the end of the previous invocation later', async () => {
  const { arrive, sent, running } = dispatching(1, { batchingWindowMs: 500 })

  arrive(0)
  await jest.advanceTimersByTimeAsync(499)
  expect(sent).toEqual([])
  await jest.advanceTimersByTimeAsync(1)
  expect(sent).toEqual(['orders-0:0'])

  await running[0]?.end(DONE)
  await jest.advanceTimersByTimeAsync(400)
  arrive(0)
  await jest.advanceTimersByTimeAsync(99)
  expect(sent).toHaveLength(1)
  await jest.advanceTimersByTimeAsync(1)
  expect(sent[1]).toBe('orders-0:1')
})

it('sends a full batch at once and lets the rest wait for a window of its own', async () => {
  const { arrive, sent } = dispatching(2, { batchingWindowMs: 500 })

  arrive(0, 10)
  arrive(1, 3)

  expect(sent).toEqual(['orders-0:0,1,2,3,4,5,6,7,8,9'])
  await jest.advanceTimersByTimeAsync(500)
  expect(sent[1]).toBe('orders-1:0,1,2')
})

it('takes the partitions in turn: one that was just read waits for the others', async () => {
  const { arrive, sent, running, dispatcher, queues } = dispatching(7, { batchSize: 2 })
  dispatcher.hold()
  for (const { partition } of queues) arrive(partition, 6)
  dispatcher.release(queues)

  for (let ended = 0; ended < 3; ended += 1) await running[0]?.end(DONE)

  expect(sent.map((batch) => batch.split(':')[0])).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 0].map((partition) => `orders-${partition}`),
  )
})

it('holds no slot while a batch waits for its retry, however many wait', async () => {
  const { arrive, sent, running } = dispatching(7, { batchSize: 1 })
  for (let partition = 0; partition < 6; partition += 1) arrive(partition)
  expect(running).toHaveLength(5)

  for (let failed = 0; failed < 6; failed += 1) await running[0]?.end(FAILED)
  arrive(6)

  expect(sent.at(-1)).toBe('orders-6:0')
})

it('sends a new batch and a retry in turn when both are due and one slot is free', async () => {
  const { arrive, sent, running, queues, dispatcher } = dispatching(7, { batchSize: 1 })
  dispatcher.hold()
  for (const { partition } of queues) arrive(partition, 3)
  dispatcher.release(queues)
  await running[0]?.end(FAILED)
  await running[0]?.end(FAILED)
  await jest.advanceTimersByTimeAsync(1_000)

  sent.length = 0
  for (let slot = 0; slot < 3; slot += 1) await running[0]?.end(DONE)

  expect(sent.map((batch) => ['orders-0:0', 'orders-1:0'].includes(batch))).toEqual([true, false, true])
})

it.each([
  ['success', DONE],
  ['error', FAILED],
])(
  'drops the %s of an invocation whose partition went away, and begins there again only then',
  async (_name, result) => {
    const { arrive, sent, running, queues, dispatcher } = dispatching(1)
    arrive(0)
    const [queue] = queues

    dispatcher.hold()
    queue?.forget()
    queue?.append(recordsAt(0, [0]), 1)
    dispatcher.release(queues)
    expect(sent).toHaveLength(1)
    await running[0]?.end(result)

    expect(sent).toEqual(['orders-0:0', 'orders-0:0'])
    expect(queue?.position).toBe(0)
  },
)

it('forgets a retry whose partition went away and keeps the rest of its batch', async () => {
  const { arrive, sent, running, queues, dispatcher } = dispatching(2, { batchingWindowMs: 10 })
  arrive(0)
  arrive(1)
  await jest.advanceTimersByTimeAsync(10)
  await running[0]?.end(FAILED)

  dispatcher.hold()
  queues[0]?.forget()
  dispatcher.release(queues.slice(1))
  await jest.advanceTimersByTimeAsync(100)

  expect(sent).toEqual(['orders-0:0 orders-1:0', 'orders-1:0'])
})

it('sends nothing more once it is stopped, and waits for what runs', async () => {
  const { arrive, sent, running, dispatcher, log } = dispatching(2, { batchSize: 1 })
  arrive(0, 2)
  arrive(1)
  let stopped = false
  void dispatcher.stop().then(() => {
    stopped = true
  })

  await running[0]?.end(DONE)
  expect(stopped).toBe(false)
  await running[0]?.end(FAILED)
  await jest.advanceTimersByTimeAsync(60_000)

  expect([stopped, sent.length]).toEqual([true, 2])
  expect(log.lines).toEqual(['f: orders-1 offset 0 not done (Error: no); sent again after the next start'])
})

it('loses nothing, keeps each partition in order and in one invocation at a time, whatever the answers', async () => {
  const anyEnd = fc.tuple(fc.nat(4), fc.constantFrom('done', 'failed', 'partly'), fc.nat(400))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 7 }),
      fc.array(anyEnd, { maxLength: 60 }),
      async (counts, ends) => {
        const { arrive, running, queues } = dispatching(counts.length, { batchSize: 4 })
        const done = counts.map(() => [] as number[])
        for (const [partition, count] of counts.entries()) if (count > 0) arrive(partition, count)

        const end = async (index: number, how: string) => {
          const names = running.flatMap(({ sent }) => sent.split(' ').map((part) => part.split(':')[0]))
          expect(new Set(names).size).toBe(names.length)
          expect(running.length).toBeLessThanOrEqual(5)
          const invocation = running[index % running.length]
          if (invocation === undefined) return
          const records = invocation.sent.split(' ').flatMap((part) => {
            const [name = '', offsets = ''] = part.split(':')
            return offsets.split(',').map((offset) => ({ partition: name, offset: Number(offset) }))
          })
          const failed = how === 'done' ? [] : how === 'failed' ? records : records.slice(-1)
          for (const record of records) {
            if (!failed.includes(record)) done[Number(record.partition.split('-')[1])]?.push(record.offset)
          }
          await invocation.end(
            how === 'failed'
              ? FAILED
              : { answer: { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) } },
          )
        }
        for (const [index, how, pauseMs] of ends) {
          await end(index, how)
          await jest.advanceTimersByTimeAsync(pauseMs)
        }
        for (
          let round = 0;
          round < 400 && queues.some(({ length, busy }) => length > 0 || busy);
          round += 1
        ) {
          await end(0, 'done')
          await jest.advanceTimersByTimeAsync(10_000)
        }

        for (const [partition, count] of counts.entries()) {
          expect(done[partition]).toEqual(Array.from({ length: count }, (_, offset) => offset))
          expect(queues[partition]?.position).toBe(count === 0 ? undefined : count)
        }
      },
    ),
    { numRuns: 60 },
  )
})
