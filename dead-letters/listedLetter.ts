import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { type DeadLetter, NotADeadLetterError, readDeadLetter } from './document.ts'
import type { LetterPlace } from './replayedRecord.ts'

/** What is kept of a dead letter to list it or to decide about it: not the document, which may have 8 MiB. */
export interface ListedLetter {
  place: LetterPlace
  /** Of the dead letter itself, in epoch milliseconds. */
  timestamp: number
  /** Bytes of the document. */
  bytes: number
  content: LetterContent | { unreadable: string }
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
export type ReadableLetter = ListedLetter & { content: LetterContent }

export const isReadable = (letter: ListedLetter): letter is ReadableLetter =>
  !('unreadable' in letter.content)

export function listedLetter(record: KafkaRecord): ListedLetter {
  const { topic, partition, offset, timestamp, value } = record
  return {
    place: { topic, partition, offset },
    timestamp,
    bytes: value?.length ?? 0,
    content: contentOf(value),
  }
}

function contentOf(value: Buffer | null): ListedLetter['content'] {
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
