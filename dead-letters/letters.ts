import type { Kafka } from 'kafkajs'
import { offsetRanges } from '../events/offsetRanges.ts'
import { type OffsetRange, TopicReader } from '../events/topicReader.ts'
import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { type ListedLetter, listedLetter } from './listedLetter.ts'
import { byPlace, idOf, type Place } from './place.ts'
import { readPlaces } from './readPlaces.ts'

/** There is no dead letter of this id; the message says which there are. */
export class NoSuchLetterError extends Error {}

/** The dead letters of a topic, as they lie there when a method is called. */
export class Letters {
  readonly topic: string
  readonly #kafka: Kafka
  readonly #reader: TopicReader

  constructor(kafka: Kafka, topic: string) {
    this.topic = topic
    this.#kafka = kafka
    this.#reader = new TopicReader(kafka, 'dead-letters', [topic])
  }

  /**
   * All, partition by partition in the order of their offsets.
   * @throws NoSuchTopicError
   * @throws {Error} the brokers do not answer, or refuse the authentication
   */
  async list(): Promise<ListedLetter[]> {
    const letters: ListedLetter[] = []
    const ranges = await offsetRanges(this.#kafka, this.topic)
    await this.#reader.read(ranges, (record) => letters.push(listedLetter(record)))
    return letters.sort((a, b) => byPlace(a.place, b.place))
  }

  /**
   * Dead letters as they lie there, bytes and all.
   * @returns for each, by its `idOf`, the record or the error that says why there is none
   * @throws as `list`
   */
  async records(places: readonly Place[]): Promise<Map<string, KafkaRecord | NoSuchLetterError>> {
    const ranges = await offsetRanges(this.#kafka, this.topic)
    const rangeOf = ({ partition }: Place) => ranges.find((range) => range.partition === partition)
    const there = places.filter((place) => isIn(rangeOf(place), place))
    const records = await readPlaces(this.#reader, there)
    const byId = new Map(records.map((record) => [idOf(record), record]))
    return new Map(
      places.map((place) => [
        idOf(place),
        byId.get(idOf(place)) ?? new NoSuchLetterError(whyNone(rangeOf(place), ranges.length)),
      ]),
    )
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}

/** Whether the range, if there is one, may have a record there. */
export const isIn = (range: OffsetRange | undefined, { offset }: Place): boolean =>
  range !== undefined && offset >= range.first && offset < range.end

function whyNone(range: OffsetRange | undefined, partitions: number): string {
  if (range === undefined) return `there is none; the topic has the partitions 0 to ${partitions - 1}`
  const { partition, first, end } = range
  return first === end
    ? `there is none in partition ${partition}`
    : `there is none; partition ${partition} has ${partition}/${first} to ${partition}/${end - 1}`
}
