import { type KafkaRecord, partitionName } from './kafkaRecord.ts'
import type { EventSource, LambdaKafkaEvent, LambdaKafkaRecord } from './lambdaEvent.ts'

/**
 * An event on its way to another thread: the records' bytes as they came from Kafka, and where each lies in them. The
 * thread that has the function makes the event of it, so that the one that serves all mappings does not spend its time on
 * base64 and JSON.
 */
export type PackedEvent = {
  readonly source: EventSource
  /** Records of one partition in a row, in the order of the event. */
  readonly runs: readonly { readonly topic: string; readonly partition: number; readonly count: number }[]
  /** `NUMBERS` for each record, then the bytes. To be transferred, not copied. */
  readonly buffer: ArrayBuffer
  /** Of the records that have any: `[index of the record, its headers]`. */
  readonly headers: readonly (readonly [number, readonly (readonly [string, Uint8Array | null])[]])[]
}

/** offset, timestamp, 1 for LOG_APPEND_TIME, then place and length (-1: null) of key and value. */
const NUMBERS = 7
const NUMBER_BYTES = NUMBERS * Float64Array.BYTES_PER_ELEMENT

/** Bytes between two records that are taken along rather than copied around: Kafka's own of each record. */
const FRAMING_BYTES = 64

/** A range of memory that is copied as one. Records that were fetched together lie side by side. */
type Piece = { readonly memory: ArrayBufferLike; readonly start: number; end: number; readonly to: number }

/** Packs records, those of one partition together and in offset order. */
export function packEvent(records: readonly KafkaRecord[], source: EventSource): PackedEvent {
  const numbers = new Float64Array(records.length * NUMBERS)
  const pieces: Piece[] = []
  const headers: [number, [string, Uint8Array | null][]][] = []
  const runs: { topic: string; partition: number; count: number }[] = []
  let piece: Piece | undefined
  let run: { topic: string; partition: number; count: number } | undefined
  let end = records.length * NUMBER_BYTES

  const place = (bytes: Buffer): number => {
    const start = bytes.byteOffset
    if (
      piece === undefined ||
      bytes.buffer !== piece.memory ||
      start < piece.end ||
      start > piece.end + FRAMING_BYTES
    ) {
      piece = { memory: bytes.buffer, start, end: start, to: end }
      pieces.push(piece)
    }
    end += start + bytes.length - piece.end
    piece.end = start + bytes.length
    return piece.to + start - piece.start
  }

  let at = 0
  for (const [index, record] of records.entries()) {
    const { key, value } = record
    if (run === undefined || run.partition !== record.partition || run.topic !== record.topic) {
      run = { topic: record.topic, partition: record.partition, count: 0 }
      runs.push(run)
    }
    run.count += 1
    numbers[at] = record.offset
    numbers[at + 1] = record.timestamp
    numbers[at + 2] = record.timestampType === 'LOG_APPEND_TIME' ? 1 : 0
    if (key !== null) numbers[at + 3] = place(key)
    numbers[at + 4] = key === null ? -1 : key.length
    if (value !== null) numbers[at + 5] = place(value)
    numbers[at + 6] = value === null ? -1 : value.length
    at += NUMBERS
    if (record.headers.length > 0) {
      // Copied: a slice would take the whole fetch along.
      headers.push([index, record.headers.map(([name, bytes]) => [name, bytes && new Uint8Array(bytes)])])
    }
  }

  const all = new Uint8Array(end)
  all.set(new Uint8Array(numbers.buffer))
  for (const { memory, start, end: pieceEnd, to } of pieces) {
    all.set(new Uint8Array(memory, start, pieceEnd - start), to)
  }
  return { source, runs, buffer: all.buffer, headers }
}

/** The event that Lambda hands to a function, equal to what `lambdaEventText` reads as; nothing in it is shared. */
export function unpackEvent({ source, runs, buffer, headers }: PackedEvent): LambdaKafkaEvent {
  const bytes = Buffer.from(buffer)
  const total = runs.reduce((sum, { count }) => sum + count, 0)
  const numbers = new Float64Array(buffer, 0, total * NUMBERS)
  const headersOf = new Map(headers)
  const records: Record<string, LambdaKafkaRecord[]> = {}

  const base64 = (at: number): string => {
    const start = numbers[at] ?? 0
    return bytes.toString('base64', start, start + (numbers[at + 1] ?? 0))
  }

  let index = 0
  for (const { topic, partition, count } of runs) {
    const name = partitionName({ topic, partition })
    const list = records[name] ?? []
    records[name] = list
    for (const last = index + count; index < last; index += 1) {
      const at = index * NUMBERS
      list.push({
        topic,
        partition,
        offset: numbers[at] ?? 0,
        timestamp: numbers[at + 1] ?? 0,
        timestampType: numbers[at + 2] === 1 ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
        ...(numbers[at + 4] !== -1 && { key: base64(at + 3) }),
        value: numbers[at + 6] === -1 ? null : base64(at + 5),
        headers: (headersOf.get(index) ?? []).map(([header, value]) => ({
          // Lambda writes header bytes as Java does: signed.
          [header]:
            value === null ? [] : Array.from(new Int8Array(value.buffer, value.byteOffset, value.length)),
        })),
      })
    }
  }

  const { eventSourceArn, bootstrapServers } = source
  return eventSourceArn === undefined
    ? { eventSource: 'SelfManagedKafka', bootstrapServers, records }
    : { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers, records }
}
