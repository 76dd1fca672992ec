import { expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { nextBatch, type WaitingRecords } from '../../src/polling/nextBatch.ts'

/** A partition whose waiting records have these bytes. */
const waiting = (sizes: readonly number[], frameBytes = 0): WaitingRecords => ({
  length: sizes.length,
  frameBytes,
  bytesAt: (index) => sizes[index] ?? 0,
})
const limits = { batchSize: 3, payloadBytes: 100, envelopeBytes: 10 }

it('takes what there is from all partitions when it is little', () => {
  const [a, b] = [waiting([1]), waiting([1])]

  expect(nextBatch([a, waiting([]), b], limits)).toEqual({
    parts: [
      { from: a, count: 1 },
      { from: b, count: 1 },
    ],
    full: false,
    oversized: false,
  })
})

it('fills from one partition before the next, up to the batch size', () => {
  const [a, b] = [waiting([1, 1]), waiting([1, 1, 1])]

  expect(nextBatch([a, b], limits)).toEqual({
    parts: [
      { from: a, count: 2 },
      { from: b, count: 1 },
    ],
    full: true,
    oversized: false,
  })
})

it('fills the payload to the last byte and not beyond', () => {
  const exact = waiting([40, 40, 1], 10)

  expect(nextBatch([exact], limits)).toEqual({
    parts: [{ from: exact, count: 2 }],
    full: true,
    oversized: false,
  })
})

it('counts the frame that another partition adds', () => {
  const [a, b] = [waiting([80]), waiting([5], 6)]

  expect(nextBatch([a, b], limits)).toEqual({ parts: [{ from: a, count: 1 }], full: true, oversized: false })
})

it('gives a record that fits no event alone, and only when it is its turn', () => {
  const behind = waiting([1, 91])
  const first = waiting([91, 1])

  expect(nextBatch([behind, first], limits)).toMatchObject({
    parts: [{ from: behind, count: 1 }],
    oversized: false,
  })
  expect(nextBatch([first, behind], limits)).toEqual({
    parts: [{ from: first, count: 1 }],
    full: true,
    oversized: true,
  })
})

it('has nothing where nothing waits', () => {
  expect(nextBatch([], limits)).toEqual({ parts: [], full: false, oversized: false })
})

it('never passes a limit, names no partition twice and always moves, whatever waits', () => {
  const anyPartition = fc
    .tuple(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 8 }), fc.nat(20))
    .map(([sizes, frameBytes]) => waiting(sizes, frameBytes))
  fc.assert(
    fc.property(fc.array(anyPartition, { maxLength: 6 }), (partitions) => {
      const { parts, full, oversized } = nextBatch(partitions, limits)

      const records = parts.reduce((sum, { count }) => sum + count, 0)
      const available = partitions.reduce((sum, { length }) => sum + length, 0)
      let bytes = limits.envelopeBytes
      for (const { from, count } of parts) {
        expect(count).toBeGreaterThan(0)
        expect(count).toBeLessThanOrEqual(from.length)
        bytes += from.frameBytes
        for (let index = 0; index < count; index += 1) bytes += from.bytesAt(index)
      }
      expect(new Set(parts.map(({ from }) => from)).size).toBe(parts.length)
      expect(records > 0).toBe(available > 0)
      if (!full) expect(records).toBe(available)
      if (oversized) expect(records).toBe(1)
      else {
        expect(records).toBeLessThanOrEqual(limits.batchSize)
        expect(bytes).toBeLessThanOrEqual(limits.payloadBytes)
      }
    }),
  )
})
