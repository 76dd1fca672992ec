import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import * as fc from 'fast-check'
import type { FailedBatch, OnFailureDestination } from '../../src/onFailure/failedBatch.ts'
import type { InvocationResult } from '../../src/polling/batchOutcome.ts'
import { PartitionQueue } from '../../src/polling/PartitionQueue.ts'
import { Poller, type PollerOptions } from '../../src/polling/Poller.ts'
import { DEFAULT_RETRY_PAUSE } from '../../src/polling/retryPause.ts'
import type { InvocationEvent } from '../../src/runner/messages.ts'
import { KeptLog } from '../helpers/log.ts'
import { sentEvent } from '../helpers/mappings.ts'
import { aRecord, recordsAt } from '../helpers/records.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** `orders-0:0,1 orders-2:5`: what an event carries. */
const carried = (event: InvocationEvent): string =>
  Object.entries(sentEvent(event).records)
    .map(([name, records]) => `${name}:${records.map(({ offset }) => offset).join(',')}`)
    .join(' ')

const FAILED: InvocationResult = { error: { errorType: 'Error', errorMessage: 'no', trace: [] } }
const DONE: InvocationResult = { answer: null }

/** The answer that reports these offsets of a partition. */
const reporting = (partition: number, ...offsets: number[]) => ({
  batchItemFailures: offsets.map((offset) => ({
    itemIdentifier: { partition: `orders-${partition}`, offset },
  })),
})

function keptDestination() {
  const sent: FailedBatch[] = []
  const destination: OnFailureDestination = {
    label: 'a kept list',
    send: async (failed) => void sent.push(failed),
    close: async () => {},
  }
  return { destination, sent }
}

/** A poller over these partitions, whose invocations end when the test says how. */
function polling(
  partitions: number,
  { destination, ...settings }: Partial<PollerOptions['settings'] & Pick<PollerOptions, 'destination'>> = {},
) {
  const queues = Array.from({ length: partitions }, (_, partition) => new PartitionQueue('orders', partition))
  const running: { sent: string; end(result: InvocationResult): Promise<void> }[] = []
  const sent: string[] = []
  const log = new KeptLog()
  const poller = new Poller({
    name: 'f',
    source: { bootstrapServers: 'b' },
    settings: {
      batchSize: 10,
      batchingWindowMs: 0,
      reportsFailures: true,
      pollers: undefined,
      maximumRetries: Infinity,
      maximumRecordAgeMs: Infinity,
      bisects: false,
      ...settings,
    },
    retryPause: DEFAULT_RETRY_PAUSE,
    destination,
    runner: {
      invoke: (event) => {
        const { promise, resolve } = Promise.withResolvers<InvocationResult>()
        const invocation = {
          sent: carried(event),
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
  })
  poller.release(queues)
  const next = new Map<number, number>()
  const arrive = (partition: number, count = 1) => {
    const first = next.get(partition) ?? 0
    next.set(partition, first + count)
    const offsets = Array.from({ length: count }, (_, index) => first + index)
    queues[partition]?.append(recordsAt(partition, offsets), first + count)
    poller.pump()
  }
  return { poller, queues, running, sent, log, arrive }
}

it('waits for the window from the first record on, and from the end of the previous invocation later', async () => {
  const { arrive, sent, running } = polling(1, { batchingWindowMs: 500 })

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
  const { arrive, sent } = polling(2, { batchingWindowMs: 500 })

  arrive(0, 10)
  arrive(1, 3)

  expect(sent).toEqual(['orders-0:0,1,2,3,4,5,6,7,8,9'])
  await jest.advanceTimersByTimeAsync(500)
  expect(sent[1]).toBe('orders-1:0,1,2')
})

it('takes the partitions in turn: one that was just read waits for the others', async () => {
  const { arrive, sent, running, poller, queues } = polling(7, { batchSize: 2 })
  poller.hold()
  for (const { partition } of queues) arrive(partition, 6)
  poller.release(queues)

  for (let ended = 0; ended < 3; ended += 1) await running[0]?.end(DONE)

  expect(sent.map((batch) => batch.split(':')[0])).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 0].map((partition) => `orders-${partition}`),
  )
})

it('holds no slot while a batch waits for its retry, however many wait', async () => {
  const { arrive, sent, running } = polling(7, { batchSize: 1 })
  for (let partition = 0; partition < 6; partition += 1) arrive(partition)
  expect(running).toHaveLength(5)

  for (let failed = 0; failed < 6; failed += 1) await running[0]?.end(FAILED)
  arrive(6)

  expect(sent.at(-1)).toBe('orders-6:0')
})

it('sends a new batch and a retry in turn when both are due and one slot is free', async () => {
  const { arrive, sent, running, queues, poller } = polling(7, { batchSize: 1 })
  poller.hold()
  for (const { partition } of queues) arrive(partition, 3)
  poller.release(queues)
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
    const { arrive, sent, running, queues, poller } = polling(1)
    arrive(0)
    const [queue] = queues

    poller.hold()
    queue?.forget()
    queue?.append(recordsAt(0, [0]), 1)
    poller.release(queues)
    expect(sent).toHaveLength(1)
    await running[0]?.end(result)

    expect(sent).toEqual(['orders-0:0', 'orders-0:0'])
    expect(queue?.position).toBe(0)
  },
)

it('forgets a retry whose partition went away and keeps the rest of its batch', async () => {
  const { arrive, sent, running, queues, poller } = polling(2, { batchingWindowMs: 10 })
  arrive(0)
  arrive(1)
  await jest.advanceTimersByTimeAsync(10)
  await running[0]?.end(FAILED)

  poller.hold()
  queues[0]?.forget()
  poller.release(queues.slice(1))
  await jest.advanceTimersByTimeAsync(100)

  expect(sent).toEqual(['orders-0:0 orders-1:0', 'orders-1:0'])
})

it('sends what waits for its retry at once when the code has changed', async () => {
  const { arrive, sent, running, poller } = polling(1)
  arrive(0)
  for (const pauseMs of [100, 200, 400]) {
    await running[0]?.end(FAILED)
    await jest.advanceTimersByTimeAsync(pauseMs)
  }
  await running[0]?.end(FAILED)
  expect(sent).toHaveLength(4)

  poller.retryNow()

  expect(sent).toHaveLength(5)
})

it('sends nothing more once it is stopped, and waits for what runs', async () => {
  const { arrive, sent, running, poller, log } = polling(2, { batchSize: 1 })
  arrive(0, 2)
  arrive(1)
  let stopped = false
  void poller.stop().then(() => {
    stopped = true
  })

  await running[0]?.end(DONE)
  expect(stopped).toBe(false)
  await running[0]?.end(FAILED)
  await jest.advanceTimersByTimeAsync(60_000)

  expect([stopped, sent.length]).toEqual([true, 2])
  expect(log.lines).toEqual(['f: orders-1 offset 0 failed: Error: no; retry 1 after the next start'])
})

describe('after a function error, a batch that may be split', () => {
  it('is sent in halves, the first to its end before the second, without spending a retry', async () => {
    const { arrive, sent, running, log } = polling(1, { bisects: true, maximumRetries: 0, batchSize: 4 })
    arrive(0, 4)

    await running[0]?.end(FAILED)
    await jest.advanceTimersByTimeAsync(99)
    expect(sent).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    await running[0]?.end(FAILED)
    await jest.advanceTimersByTimeAsync(100)
    await running[0]?.end(DONE)
    await running[0]?.end(DONE)
    await running[0]?.end(DONE)

    expect(sent.map((batch) => batch.split(':')[1])).toEqual(['0,1,2,3', '0,1', '0', '1', '2,3'])
    expect(log.lines).toEqual([
      'f: orders-0 offsets 0-3 failed: Error: no; split in two, sent again in 100 ms',
      'f: orders-0 offsets 0-1 failed: Error: no; split in two, sent again in 100 ms',
      'f: orders-0 offset 0 done',
      'f: orders-0 offset 1 done',
      'f: orders-0 offsets 2-3 done',
    ])
  })

  it('is not split by reported failures, nor by an answer that cannot be read', async () => {
    const { arrive, sent, running } = polling(1, { bisects: true, batchSize: 3 })
    arrive(0, 3)

    await running[0]?.end({ answer: 'text' })
    await jest.advanceTimersByTimeAsync(100)
    await running[0]?.end({ answer: reporting(0, 1, 2) })
    await jest.advanceTimersByTimeAsync(200)

    expect(sent.map((batch) => batch.split(':')[1])).toEqual(['0,1,2', '0,1,2', '1,2'])
  })

  it('frees a partition as soon as its half is done', async () => {
    const { arrive, sent, running } = polling(2, { bisects: true, batchingWindowMs: 10 })
    arrive(0)
    arrive(1)
    await jest.advanceTimersByTimeAsync(10)
    await running[0]?.end(FAILED)
    await jest.advanceTimersByTimeAsync(100)
    await running[0]?.end(DONE)
    arrive(0)
    await jest.advanceTimersByTimeAsync(10)

    expect(sent).toEqual(['orders-0:0 orders-1:0', 'orders-0:0', 'orders-1:0', 'orders-0:1'])
  })
})

describe('records that are given up', () => {
  const { destination, sent: handedOn } = keptDestination()
  beforeEach(() => void handedOn.splice(0))

  it.each([
    ['an error', FAILED, true],
    ['reported failures', { answer: reporting(0, 0) }, false],
  ])(
    'go to the destination after their retries end in %s, and the partition moves on',
    async (_how, end, functionError) => {
      const { arrive, sent, running, queues, log } = polling(1, {
        maximumRetries: 2,
        batchSize: 1,
        destination,
      })
      arrive(0, 2)

      for (const pauseMs of [100, 200, 0]) {
        await running[0]?.end(end)
        await jest.advanceTimersByTimeAsync(pauseMs)
      }

      expect(handedOn).toEqual([
        {
          condition: 'RetryAttemptsExhausted',
          requestId: expect.any(String),
          invokeCount: 3,
          functionError,
          records: [expect.objectContaining({ offset: 0 })],
        },
      ])
      expect(sent.at(-1)).toBe('orders-0:1')
      expect(queues[0]?.position).toBe(1)
      expect(log.lines.at(-1)).toBe('f: orders-0 offset 0 given up (no retries left): now in a kept list')
    },
  )

  it('are dropped with a word when there is no destination', async () => {
    const { arrive, running, queues, log } = polling(1, { maximumRetries: 0 })
    arrive(0)
    await running[0]?.end(FAILED)

    expect(queues[0]?.position).toBe(1)
    expect(log.lines.at(-1)).toBe(
      'f: orders-0 offset 0 given up (no retries left) and dropped: the mapping has no on-failure destination',
    )
  })

  it('are not done before the destination has them, however often it refuses', async () => {
    let refuses = true
    const { arrive, sent, running, queues, log } = polling(1, {
      maximumRetries: 0,
      batchSize: 1,
      destination: {
        ...destination,
        send: async (failed) => {
          if (refuses) throw new Error('away')
          await destination.send(failed)
        },
      },
    })
    arrive(0, 2)
    await running[0]?.end(FAILED)
    await jest.advanceTimersByTimeAsync(50)
    expect([queues[0]?.position, sent.length]).toEqual([0, 1])

    refuses = false
    await jest.advanceTimersByTimeAsync(50)

    expect([queues[0]?.position, sent.length, handedOn.length]).toEqual([1, 2, 1])
    expect(log.lines).toContain(
      'f: orders-0 offset 0 given up (no retries left), but a kept list does not take it: away; tried again in 100 ms',
    )
  })

  it('too old are not sent, also between retries, while the others of the batch are', async () => {
    const { sent, running, queues, poller } = polling(1, { maximumRecordAgeMs: 60_000, destination })
    const now = Date.now()
    const ages = [61_000, 0, 59_950]
    queues[0]?.append(
      ages.map((age, offset) => aRecord({ offset, timestamp: now - age })),
      3,
    )
    poller.pump()
    await jest.advanceTimersByTimeAsync(0)
    await running[0]?.end(FAILED)
    await jest.advanceTimersByTimeAsync(100)

    expect(sent).toEqual(['orders-0:1,2', 'orders-0:1'])
    expect(
      handedOn.map(({ condition, invokeCount, records }) => [condition, invokeCount, records[0]?.offset]),
    ).toEqual([
      ['RecordAgeExceeded', 0, 0],
      ['RecordAgeExceeded', 1, 2],
    ])
    expect(queues[0]?.position).toBe(1)
  })

  it('may be many thousands in a row', async () => {
    const { queues, poller } = polling(1, { maximumRecordAgeMs: 60_000, batchSize: 1 })
    const records = recordsAt(
      0,
      Array.from({ length: 20_000 }, (_, offset) => offset),
    )
    queues[0]?.append(
      records.map((record) => ({ ...record, timestamp: 0 })),
      20_000,
    )
    poller.pump()
    await jest.advanceTimersByTimeAsync(0)

    expect(queues[0]?.position).toBe(20_000)
  })

  it('too large for any event never reach the function', async () => {
    const { sent, queues, poller } = polling(1, { destination, batchSize: 1 })
    queues[0]?.append([aRecord({ value: Buffer.alloc(5_000_000) }), aRecord({ offset: 1 })], 2)
    poller.pump()
    await jest.advanceTimersByTimeAsync(0)

    expect(handedOn.map(({ condition, invokeCount }) => [condition, invokeCount])).toEqual([
      ['MaximumPayloadSizeExceeded', 0],
    ])
    expect(sent).toEqual(['orders-0:1'])
  })
})

it.each([
  ['in on-demand mode when the previous invocation is over', undefined, 150],
  ['in provisioned mode when the previous batch is, retries included', { minimum: 1, maximum: 1 }, 160],
])('begins a window %s', async (_when, pollers, sentAfter) => {
  const { arrive, sent, running } = polling(2, { batchingWindowMs: 150, pollers })
  arrive(0)
  await jest.advanceTimersByTimeAsync(150)
  await running[0]?.end(FAILED)
  await jest.advanceTimersByTimeAsync(10)
  arrive(1)

  await jest.advanceTimersByTimeAsync(sentAfter - 11)
  expect(sent).toEqual(['orders-0:0', 'orders-0:0'])
  await jest.advanceTimersByTimeAsync(1)
  expect(sent.at(-1)).toBe('orders-1:0')
})

it('loses nothing, keeps each partition in order and in one invocation at a time, whatever the answers', async () => {
  const anyEnd = fc.tuple(fc.nat(4), fc.constantFrom('done', 'failed', 'partly'), fc.nat(400))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 7 }),
      fc.array(anyEnd, { maxLength: 60 }),
      fc.record({ bisects: fc.boolean(), maximumRetries: fc.constantFrom(0, 1, 3, Infinity) }),
      async (counts, ends, rules) => {
        const { destination, sent: handedOn } = keptDestination()
        const { arrive, running, queues } = polling(counts.length, { batchSize: 4, destination, ...rules })
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

        const givenUp = handedOn.flatMap(({ records }) => records)
        for (const [partition, count] of counts.entries()) {
          const here = givenUp.filter((record) => record.partition === partition).map(({ offset }) => offset)
          expect(done[partition]).toEqual([...(done[partition] ?? [])].sort((a, b) => a - b))
          expect([...(done[partition] ?? []), ...here].sort((a, b) => a - b)).toEqual(
            Array.from({ length: count }, (_, offset) => offset),
          )
          expect(queues[partition]?.position).toBe(count === 0 ? undefined : count)
        }
      },
    ),
    { numRuns: 100 },
  )
})
