import type { OffsetRange, TopicReader } from '../events/topicReader.ts'
import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { nameOf, type Place } from './place.ts'

/** Records that are read and not wanted between two that are: quicker than asking for the second one anew. */
const MOST_UNWANTED = 50

/** The records at these places that are still there, in no order over the partitions. */
export async function readPlaces(reader: TopicReader, places: readonly Place[]): Promise<KafkaRecord[]> {
  const wanted = new Set(places.map(nameOf))
  const records: KafkaRecord[] = []
  for (const ranges of roundsOf(places)) {
    await reader.read(ranges, (record) => {
      if (wanted.has(nameOf(record))) records.push(copied(record))
    })
  }
  return records
}

/** The ranges that hold the places, few records more, and in each round one of a partition at most. */
export function roundsOf(places: readonly Place[]): OffsetRange[][] {
  const rounds: OffsetRange[][] = []
  for (const [, ofPartition] of Map.groupBy(places, ({ topic, partition }) => `${topic}/${partition}`)) {
    for (const [round, range] of rangesOf(ofPartition).entries()) {
      rounds[round] ??= []
      rounds[round].push(range)
    }
  }
  return rounds
}

function rangesOf(places: readonly Place[]): OffsetRange[] {
  const ranges: OffsetRange[] = []
  for (const { topic, partition, offset } of places.toSorted((a, b) => a.offset - b.offset)) {
    const last = ranges.at(-1)
    if (last !== undefined && offset - last.end <= MOST_UNWANTED) last.end = Math.max(last.end, offset + 1)
    else ranges.push({ topic, partition, first: offset, end: offset + 1 })
  }
  return ranges
}

/** Without the rest of the fetch that it came with. */
const copied = (record: KafkaRecord): KafkaRecord => ({
  ...record,
  key: record.key && Buffer.from(record.key),
  value: record.value && Buffer.from(record.value),
})
