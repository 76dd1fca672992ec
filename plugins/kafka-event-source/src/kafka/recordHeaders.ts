import { createRequire } from 'node:module'
import type { IHeaders } from 'kafkajs'
import type { RecordHeader } from '../event/kafkaRecord.ts'

type DecodedHeader = { key: string; value: Buffer | null }
type Decoder = { readVarIntArray(reader: unknown): DecodedHeader[] }

const require = createRequire(import.meta.url)
const { prototype } = require('kafkajs/src/protocol/decoder') as { prototype: Decoder }
const headerDecoder = require('kafkajs/src/protocol/recordBatch/header/v0/decoder')

const AS_WRITTEN = Symbol.for('kafka-event-source.headersAsWritten')

type Headers = Record<string, Buffer | null | (Buffer | null)[]> & { [AS_WRITTEN]?: readonly RecordHeader[] }

/**
 * Makes KafkaJS keep a record's headers as they were written. It folds them into an object, where repeated names lose
 * their place and names that look like numbers come first, and where a header named `constructor` finds what every
 * object has by that name. The object stays for whoever else reads records with the same KafkaJS.
 */
export function keepHeadersAsWritten(): void {
  if (mended.has(prototype)) return
  mended.add(prototype)

  const read = prototype.readVarIntArray
  prototype.readVarIntArray = function (reader) {
    const headers = read.call(this, reader)
    if (reader !== headerDecoder || headers.length === 0) return headers
    // The list's only reader is KafkaJS, which reduces it to its object.
    return Object.assign(headers, { reduce: () => folded(headers) })
  }
}

const mended = new WeakSet<Decoder>()

function folded(headers: readonly DecodedHeader[]): Headers {
  const object: Headers = Object.create(null)
  for (const { key, value } of headers) {
    const present = object[key]
    object[key] = present === undefined ? value : [present, value].flat()
  }
  return Object.defineProperty(object, AS_WRITTEN, { value: headers.map(({ key, value }) => [key, value]) })
}

const NONE: readonly RecordHeader[] = []

/** The headers of a record that was read after `keepHeadersAsWritten`, in their order, repeats kept. */
export const headersAsWritten = (headers: IHeaders | undefined): readonly RecordHeader[] =>
  (headers as Headers | undefined)?.[AS_WRITTEN] ?? NONE
