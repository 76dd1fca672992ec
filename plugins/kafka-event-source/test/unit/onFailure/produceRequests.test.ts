import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { keyPartition } from '../../../src/onFailure/keyPartition.ts'
import { choosePartitions, type DeadLetter, produceRequests } from '../../../src/onFailure/produceRequests.ts'
import { aRecord } from '../../helpers/records.ts'

const letter = (key: string | null, value = 'document'): DeadLetter => ({
  record: aRecord(),
  key: key === null ? null : Buffer.from(key),
  value,
})

const partitions = (count: number, leaderless: number[] = []) =>
  Array.from({ length: count }, (_, partition) => ({ partition, hasLeader: !leaderless.includes(partition) }))

describe('the partition of a key', () => {
  it("is that of KafkaJS's default partitioner", () => {
    const standard = Partitioners.DefaultPartitioner()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.integer({ min: 1, max: 300 }), (bytes, count) => {
        const key = Buffer.from(bytes)
        const partitionMetadata = partitions(count).map(({ partition }) => ({
          partitionErrorCode: 0,
          partitionId: partition,
          leader: 0,
          replicas: [0],
          isr: [0],
        }))
        expect(keyPartition(key, count)).toBe(
          standard({ topic: 'orders', partitionMetadata, message: { key, value: '' } }),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  // Hashes of the Java client's own test, UtilsTest.testMurmur2.
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ])("of %s has the Java client's hash", (key, hash) => {
    expect(keyPartition(Buffer.from(key), 2 ** 31)).toBe(hash & 0x7fffffff)
  })

  it('is found at once for a long key', () => {
    const start = process.cpuUsage()
    keyPartition(Buffer.alloc(1_000_000, 'k'), 6)
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
  })
})

describe('partitions of dead letters', () => {
  it('are those of their keys, with or without a leader', () => {
    const keys = Array.from({ length: 20 }, (_, index) => `o-${index}`)
    const letters = keys.map((key) => letter(key))

    const chosen = choosePartitions(letters, partitions(4, [0, 1, 2, 3]), 0)

    const inOrder = [0, 1, 2, 3].map((partition) =>
      letters.filter(({ key }) => keyPartition(key as Buffer, 4) === partition),
    )
    expect([0, 1, 2, 3].map((partition) => chosen.get(partition) ?? [])).toEqual(inOrder)
  })

  it('take turns without keys, past those without a leader', () => {
    const letters = ['a', 'b', 'c', 'd', 'e'].map((value) => letter(null, value))

    const chosen = choosePartitions(letters, partitions(4, [1]), 2)

    const values = [...chosen].map(([partition, chosenLetters]) => [
      partition,
      chosenLetters.map(({ value }) => value).join(''),
    ])
    expect(values).toEqual([
      [3, 'ad'],
      [0, 'be'],
      [2, 'c'],
    ])
  })

  it('are any when none has a leader', () => {
    expect([...choosePartitions([letter(null)], partitions(2, [0, 1]), 1).keys()]).toEqual([1])
  })

  it('treat an empty key as a key', () => {
    const chosen = choosePartitions([letter(''), letter('')], partitions(50), 0)

    expect([...chosen.keys()]).toEqual([keyPartition(Buffer.alloc(0), 50)])
  })
})

describe('produce requests', () => {
  it('hold one partition each, in order and below the limit, unless one letter is above it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.nat(400)), { maxLength: 60 }),
        fc.integer({ min: 100, max: 1_000 }),
        (sizes, limit) => {
          const byPartition = new Map<number, DeadLetter[]>()
          for (const [partition, size] of sizes) {
            const one = letter('key', 'é'.repeat(size))
            byPartition.set(partition, [...(byPartition.get(partition) ?? []), one])
          }

          const requests = produceRequests(byPartition, limit)

          for (const { letters } of requests) {
            const bytes = letters.reduce((sum, { value }) => sum + Buffer.byteLength(value) + 3, 0)
            if (letters.length > 1) expect(bytes).toBeLessThanOrEqual(limit)
            expect(letters.length).toBeGreaterThan(0)
          }
          for (const [partition, letters] of byPartition) {
            const sent = requests.filter((request) => request.partition === partition)
            expect(sent.flatMap((request) => request.letters)).toEqual(letters)
          }
        },
      ),
    )
  })

  it('are as few as can be', () => {
    const letters = Array.from({ length: 10 }, () => letter(null, 'x'.repeat(1_000)))

    expect(produceRequests(new Map([[0, letters]]), 1_000_000)).toHaveLength(1)
    expect(produceRequests(new Map([[0, letters]]), 5_400)).toHaveLength(2)
  })
})
