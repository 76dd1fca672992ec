import type { RecordHeader } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { nameOf, type Place } from './place.ts'

/** Says of a record that it came before, and of which dead letter it was made. */
export const REPLAYED_FROM = 'replayed-from'

/** The headers of the record as it is written again: its own as they were, and one more. */
export const replayedHeaders = (headers: readonly RecordHeader[], letter: Place): RecordHeader[] => [
  ...headers,
  [REPLAYED_FROM, Buffer.from(nameOf(letter))],
]
