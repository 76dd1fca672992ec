import { type KafkaRecord, partitionName } from '../event/kafkaRecord.ts'

const NAMED_PARTITIONS = 3

/** Records for the terminal: `orders-0 offsets 7-9, orders-1 offset 3`. In offset order within each partition. */
export function describeRecords(records: readonly KafkaRecord[]): string {
  const partitions = new Map<string, { first: number; last: number; count: number }>()
  for (const record of records) {
    const range = partitions.get(partitionName(record))
    if (range === undefined) {
      partitions.set(partitionName(record), { first: record.offset, last: record.offset, count: 1 })
    } else {
      range.last = record.offset
      range.count += 1
    }
  }
  const named = [...partitions].slice(0, NAMED_PARTITIONS).map(([name, { first, last, count }]) => {
    if (count === 1) return `${name} offset ${first}`
    const some = count < last - first + 1 ? `${count} of ` : ''
    return `${name} ${some}offsets ${first}-${last}`
  })
  const others = partitions.size - named.length
  return others > 0 ? `${named.join(', ')} and ${others} more partitions` : named.join(', ')
}

/** Partition numbers for the terminal: `partitions 0-5`, `partitions 0, 2`, `partition 1`. */
export function describePartitions(partitions: readonly number[]): string {
  const sorted = [...partitions].sort((a, b) => a - b)
  const [first, last] = [sorted[0], sorted.at(-1)]
  if (first === undefined || last === undefined) return 'no partitions'
  if (first === last) return `partition ${first}`
  return `partitions ${last - first + 1 === sorted.length ? `${first}-${last}` : sorted.join(', ')}`
}
