import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { NotADeadLetterError, readDeadLetter } from './document.ts'
import { type Letters, NoSuchLetterError } from './letters.ts'
import type { ReadableLetter } from './listedLetter.ts'
import type { Originals, RecordGoneError } from './originals.ts'
import { idOf, nameOf } from './place.ts'

/** Why there is no record to replay; the message says it. */
export type NoRecordError = NoSuchLetterError | NotADeadLetterError | RecordGoneError

/**
 * For each dead letter its record, out of the document or from where it was, or the error that says why there is none.
 * @throws {Error} the brokers do not answer
 */
export async function recordsToReplay(
  selected: readonly ReadableLetter[],
  { letters, originals }: { letters: Letters; originals: Originals },
): Promise<{ letter: ReadableLetter; record: KafkaRecord | NoRecordError }[]> {
  const [whole, bare] = [true, false].map((hasRecord) =>
    selected.filter(({ content }) => content.hasRecord === hasRecord),
  ) as [ReadableLetter[], ReadableLetter[]]
  const documents = await letters.records(whole.map(({ place }) => place))
  const absent = await originals.records(bare.map(({ content }) => content))
  return selected.map((letter) => ({
    letter,
    record: letter.content.hasRecord
      ? recordIn(documents.get(idOf(letter.place)))
      : (absent.get(nameOf(letter.content)) as KafkaRecord | RecordGoneError),
  }))
}

function recordIn(document: KafkaRecord | NoSuchLetterError | undefined): KafkaRecord | NoRecordError {
  if (document === undefined || document instanceof Error) {
    return new NoSuchLetterError('the dead letter has been removed meanwhile')
  }
  return readDeadLetter(document.value).record ?? new NotADeadLetterError('it has no record')
}
