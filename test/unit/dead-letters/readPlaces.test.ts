import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { roundsOf } from '../../../dead-letters/readPlaces.ts'

const place = fc.record({
  topic: fc.constantFrom('a', 'b'),
  partition: fc.nat(2),
  offset: fc.nat(500),
})

it('every place is read once, and no partition twice in a round', () => {
  fc.assert(
    fc.property(fc.array(place), (places) => {
      const rounds = roundsOf(places)

      for (const round of rounds) {
        const partitions = round.map(({ topic, partition }) => `${topic}-${partition}`)
        expect(new Set(partitions).size).toBe(partitions.length)
      }
      for (const { topic, partition, offset } of places) {
        const ranges = rounds
          .flat()
          .filter((range) => range.topic === topic && range.partition === partition)
          .filter(({ first, end }) => first <= offset && offset < end)
        expect(ranges).toHaveLength(1)
      }
    }),
  )
})

it('reads over short gaps, and not over long ones', () => {
  const at = (offset: number) => ({ topic: 'a', partition: 0, offset })

  expect(roundsOf([at(1_000), at(3), at(1), at(1)])).toEqual([
    [{ topic: 'a', partition: 0, first: 1, end: 4 }],
    [{ topic: 'a', partition: 0, first: 1_000, end: 1_001 }],
  ])
})
