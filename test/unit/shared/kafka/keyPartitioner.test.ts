import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { keyPartitioner } from '../../../../shared/kafka/keyPartitioner.ts'

const partitions = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
  }))
const args = (key: Buffer | string | null, count: number) => ({
  topic: 't',
  partitionMetadata: partitions(count),
  message: { key, value: 'v' },
})

describe('the partition of a key', () => {
  it('is the one that every other producer chooses', () => {
    const ours = keyPartitioner()
    const standard = Partitioners.DefaultPartitioner()
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 70 }),
      fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)),
    )

    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 100 }), (drawn, count) => {
        expect(ours(args(drawn, count))).toBe(standard(args(drawn, count)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is left to chance without a key', () => {
    const ours = keyPartitioner()

    const chosen = new Set(Array.from({ length: 100 }, () => ours(args(null, 3))))

    expect(chosen).toEqual(new Set([0, 1, 2]))
  })
})
