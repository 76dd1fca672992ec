import type { KafkaRecord, RecordHeader } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'

/** Where a dead letter lies. */
export interface LetterPlace {
  topic: string
  partition: number
  offset: number
}

/** The name that people give and get: `0/12`. */
export const idOf = ({ partition, offset }: LetterPlace): string => `${partition}/${offset}`

/** Says of a record that it came before, and of which dead letter it was made. */
export const REPLAYED_FROM = 'replayed-from'

/** The headers of the record as it is written again: its own as they were, and one more. */
export function replayedHeaders(record: KafkaRecord, letter: LetterPlace): RecordHeader[] {
  return [...record.headers, [REPLAYED_FROM, Buffer.from(`${letter.topic}/${idOf(letter)}`)]]
}
