import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { type DeadLetter, NotADeadLetterError, readDeadLetter } from './document.ts'
import type { Place } from './place.ts'

/** What is kept of a dead letter to list it or to decide about it: not the document, which may have 8 MiB. */
export type ListedLetter = ReadableLetter | UnreadableLetter

interface Listed<Content> {
  place: Place
  /** Of the dead letter itself, in epoch milliseconds. */
  timestamp: number
  /** Bytes of the document. */
  bytes: number
  content: Content
}

/** It is no document of a failed record, and why. */
export interface Unreadable {
  unreadable: string
}

export interface LetterContent
  extends Pick<
    DeadLetter,
    'condition' | 'reason' | 'attempts' | 'topic' | 'partition' | 'offset' | 'recordTime'
  > {
  /** When the record is an order. */
  orderId: string | undefined
  hasRecord: boolean
}

/** A dead letter that is a document of a failed record. */
export type ReadableLetter = Listed<LetterContent>

/** Anything may be written to a topic. */
export type UnreadableLetter = Listed<Unreadable>

export const isReadable = (letter: ReadableLetter | UnreadableLetter): letter is ReadableLetter =>
  !('unreadable' in letter.content)

/** Those of the condition, or all. */
export const ofCondition = (letters: ListedLetter[], condition: string | undefined): ListedLetter[] =>
  condition === undefined
    ? letters
    : letters.filter((letter) => isReadable(letter) && letter.content.condition === condition)

export function listedLetter(record: KafkaRecord): ListedLetter {
  const { topic, partition, offset, timestamp, value } = record
  const listed = { place: { topic, partition, offset }, timestamp, bytes: value?.length ?? 0 }
  return { ...listed, content: contentOf(value) } as ListedLetter
}

function contentOf(value: Buffer | null): LetterContent | Unreadable {
  try {
    const { record, failedAt: _, functionArn: __, ...told } = readDeadLetter(value)
    return { ...told, orderId: orderIdOf(record?.value), hasRecord: record !== undefined }
  } catch (error) {
    if (!(error instanceof NotADeadLetterError)) throw error
    return { unreadable: error.message }
  }
}

function orderIdOf(value: Buffer | null | undefined): string | undefined {
  try {
    const order = JSON.parse(value?.toString('utf8') ?? '') as { order_id?: unknown } | null
    return typeof order?.order_id === 'string' ? order.order_id : undefined
  } catch {
    return undefined
  }
}
