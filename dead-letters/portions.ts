import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import type { ReadableLetter } from './listedLetter.ts'

/** A record that is about to be written again, and into which partition of its topic. */
export interface Outgoing {
  letter: ReadableLetter
  record: KafkaRecord
  partition: number
}

/** What is held in memory at once. */
const PORTION_BYTES = 32_000_000
const PORTION_LETTERS = 1_000

/** A record that did not fit into its document has as much as a topic takes, about. */
const ABSENT_RECORD_BYTES = 8_000_000

/** Below the 1,048,588 bytes that brokers and topics take at once by default. */
const REQUEST_BYTES = 500_000
const REQUEST_RECORDS = 100

/** Bytes around key, value and header in a request, and more. */
const FRAME_BYTES = 64

/** The letters in their order, in parts that fit into memory. */
export const portions = (letters: readonly ReadableLetter[]): ReadableLetter[][] =>
  parts(letters, {
    most: PORTION_LETTERS,
    mostBytes: PORTION_BYTES,
    bytesOf: ({ bytes, content }) => (content.hasRecord ? bytes : ABSENT_RECORD_BYTES),
    together: () => true,
  })

/** The records in their order, in parts that are written at once: of one partition each. */
export const requests = (outgoing: readonly Outgoing[]): Outgoing[][] =>
  parts(outgoing, {
    most: REQUEST_RECORDS,
    mostBytes: REQUEST_BYTES,
    bytesOf: ({ record }) => recordBytes(record),
    together: (a, b) => a.record.topic === b.record.topic && a.partition === b.partition,
  })

function recordBytes({ key, value, headers }: KafkaRecord): number {
  const headerBytes = headers.map(
    ([name, bytes]) => Buffer.byteLength(name) + (bytes?.length ?? 0) + FRAME_BYTES,
  )
  return headerBytes.reduce(
    (sum, bytes) => sum + bytes,
    (key?.length ?? 0) + (value?.length ?? 0) + FRAME_BYTES,
  )
}

interface Limits<T> {
  most: number
  mostBytes: number
  bytesOf(item: T): number
  together(a: T, b: T): boolean
}

/** Runs of items that may be together and keep to the limits; one that is too large stands alone. */
function parts<T>(items: readonly T[], { most, mostBytes, bytesOf, together }: Limits<T>): T[][] {
  const all: T[][] = []
  let bytes = 0
  for (const item of items) {
    const part = all.at(-1)
    const last = part?.at(-1)
    bytes += bytesOf(item)
    if (
      part !== undefined &&
      last !== undefined &&
      part.length < most &&
      bytes <= mostBytes &&
      together(last, item)
    ) {
      part.push(item)
    } else {
      all.push([item])
      bytes = bytesOf(item)
    }
  }
  return all
}
