import type { Kafka } from 'kafkajs'
import { NoSuchTopicError, offsetRanges } from '../events/offsetRanges.ts'
import { TopicReader } from '../events/topicReader.ts'
import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { isIn } from './letters.ts'
import type { LetterContent } from './listedLetter.ts'
import { nameOf, type Place } from './place.ts'
import { readPlaces } from './readPlaces.ts'
import { isoTime } from './times.ts'

/** A dead letter came without its record, and the record is not where it was either. */
export class RecordGoneError extends Error {}

type Bare = Pick<LetterContent, 'topic' | 'partition' | 'offset' | 'recordTime'>

/** Reads records of dead letters that came without them, from the topics where they were. */
export class Originals {
  readonly #kafka: Kafka
  readonly #readers = new Map<string, TopicReader>()

  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  /**
   * @returns for each, by its `nameOf`, the record as it is there, or the error that says what is there instead
   * @throws {Error} the brokers do not answer
   */
  async records(letters: readonly Bare[]): Promise<Map<string, KafkaRecord | RecordGoneError>> {
    const found = new Map<string, KafkaRecord | RecordGoneError>()
    for (const [topic, ofTopic] of Map.groupBy(letters, (letter) => letter.topic)) {
      const records = await this.#ofTopic(topic, ofTopic)
      for (const letter of ofTopic) {
        const record = records.get(nameOf(letter))
        found.set(nameOf(letter), checked(record, letter))
      }
    }
    return found
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()))
  }

  async #ofTopic(topic: string, places: readonly Place[]): Promise<Map<string, KafkaRecord>> {
    const ranges = await offsetRanges(this.#kafka, topic).catch((error) => {
      if (error instanceof NoSuchTopicError) return []
      throw error
    })
    const there = places.filter((place) =>
      isIn(
        ranges.find(({ partition }) => partition === place.partition),
        place,
      ),
    )
    if (there.length === 0) return new Map()
    const reader = this.#readers.get(topic) ?? new TopicReader(this.#kafka, 'dead-letters', [topic])
    this.#readers.set(topic, reader)
    return new Map((await readPlaces(reader, there)).map((record) => [nameOf(record), record]))
  }
}

/** A topic that was deleted and made again has other records at the same offsets. */
function checked(record: KafkaRecord | undefined, letter: Bare): KafkaRecord | RecordGoneError {
  const where = `${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`
  if (record === undefined) {
    return new RecordGoneError(
      `its document came without the record, and ${where}, where it was, has it no more`,
    )
  }
  if (letter.recordTime !== undefined && letter.recordTime !== isoTime(record.timestamp)) {
    return new RecordGoneError(
      `its document came without the record, and at ${where}, where it was, is another one by now`,
    )
  }
  return record
}
