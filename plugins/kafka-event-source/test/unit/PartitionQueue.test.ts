import { expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { PartitionQueue } from '../../src/polling/PartitionQueue.ts'
import { recordsAt } from '../helpers/records.ts'

const offsets = (records: readonly { offset: number }[]) => records.map(({ offset }) => offset)
const queueOf = (waiting: readonly number[], nextOffset: number) => {
  const queue = new PartitionQueue('orders', 0)
  queue.append(recordsAt(0, waiting), nextOffset)
  return queue
}

it('may commit up to the first record that is not done', () => {
  const queue = queueOf([0, 1, 2, 3], 4)

  const taken = queue.take(3)
  expect(queue.position).toBe(0)

  queue.settle([taken[1], taken[2]].filter((record) => record !== undefined))
  expect(queue.position).toBe(1)
  expect(queue.busy).toBe(true)

  queue.settle([])
  expect(queue.position).toBe(3)
  expect(queue.busy).toBe(false)
})

it('may commit past what is never delivered once all before it is done', () => {
  const queue = queueOf([0, 5], 9)

  queue.take(1)
  queue.settle([])
  expect(queue.position).toBe(5)

  queue.take(1)
  queue.settle([])
  expect(queue.position).toBe(9)

  queue.append([], 12)
  expect(queue.position).toBe(12)
})

it('counts the bytes that wait', () => {
  const queue = queueOf([0, 1, 2], 3)
  const all = [0, 1, 2].map((index) => queue.bytesAt(index))

  queue.take(1)

  expect([queue.bytesAt(0), queue.waitingBytes]).toEqual([all[1], (all[1] ?? 0) + (all[2] ?? 0)])
})

it('knows no position before the first fetch', () => {
  expect(new PartitionQueue('orders', 0).position).toBeUndefined()
})

it('hands nothing out twice when records are fetched again after a rebalance', () => {
  const queue = queueOf([0, 1, 2, 3], 4)
  const taken = queue.take(2)

  queue.refetch()
  queue.append(recordsAt(0, [0, 1]), 2)
  queue.append(recordsAt(0, [2, 3, 4]), 5)
  queue.settle([])

  expect(offsets(taken)).toEqual([0, 1])
  expect(offsets(queue.take(3))).toEqual([2, 3, 4])
})

it('forgets all when the partition went to others', () => {
  const queue = queueOf([0, 1], 2)
  queue.take(1)
  const { epoch } = queue

  queue.forget()

  expect([queue.length, queue.busy, queue.position, queue.waitingBytes]).toEqual([0, false, undefined, 0])
  expect(queue.epoch).not.toBe(epoch)
})

type Step = { do: 'fetch' | 'take' | 'settle' | 'refetch'; count: number }
const anyStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('fetch', 'take', 'settle', 'refetch'),
  count: fc.integer({ min: 1, max: 1_200 }),
})

it('delivers each record once, in order, and never commits past one that is not done, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const queue = new PartitionQueue('orders', 0)
      const delivered: number[] = []
      const done = new Set<number>()
      let unfinished: readonly { offset: number }[] = []
      let fetchFrom = 0

      for (const { do: action, count } of steps) {
        if (action === 'fetch') {
          // Every third offset is a gap, as compaction leaves it.
          const fetched = Array.from({ length: count }, (_, index) => fetchFrom + index)
          fetchFrom += count
          queue.append(
            recordsAt(
              0,
              fetched.filter((offset) => offset % 3 !== 2),
            ),
            fetchFrom,
          )
        } else if (action === 'take' && !queue.busy && queue.length > 0) {
          const taken = queue.take(Math.min(count, queue.length))
          delivered.push(...offsets(taken))
          unfinished = taken
        } else if (action === 'settle') {
          const left = unfinished.slice(count % (unfinished.length + 1))
          for (const { offset } of unfinished) done.add(offset)
          for (const { offset } of left) done.delete(offset)
          queue.settle(left as never)
          unfinished = left
        } else if (action === 'refetch') {
          queue.refetch()
          fetchFrom = queue.position ?? 0
        }

        const position = queue.position ?? 0
        const undone = Array.from({ length: position }, (_, offset) => offset).filter(
          (offset) => offset % 3 !== 2 && !done.has(offset),
        )
        expect(undone).toEqual([])
      }
      const expected = Array.from({ length: (delivered.at(-1) ?? -1) + 1 }, (_, offset) => offset)
      expect(delivered).toEqual(expected.filter((offset) => offset % 3 !== 2))
    }),
  )
})
