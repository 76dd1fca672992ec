import { expect, it } from '@jest/globals'
import { describePartitions, describeRecords } from '../../src/polling/describeRecords.ts'
import { recordsAt } from '../helpers/records.ts'

it('names ranges of offsets, and says when a range has others between', () => {
  const records = [...recordsAt(0, [3]), ...recordsAt(1, [5, 6, 7]), ...recordsAt(2, [1, 4])]

  expect(describeRecords(records)).toBe('orders-0 offset 3, orders-1 offsets 5-7, orders-2 2 of offsets 1-4')
})

it('stays short with many partitions', () => {
  const records = [0, 1, 2, 3, 4].flatMap((partition) => recordsAt(partition, [0]))

  expect(describeRecords(records)).toBe(
    'orders-0 offset 0, orders-1 offset 0, orders-2 offset 0 and 2 more partitions',
  )
})

it.each([
  [[], 'no partitions'],
  [[4], 'partition 4'],
  [[2, 0, 1], 'partitions 0-2'],
  [[10, 2], 'partitions 2, 10'],
])('names the partitions %j', (partitions, text) => {
  expect(describePartitions(partitions)).toBe(text)
})
