import { createRequire } from 'node:module'
import type { IHeaders } from 'kafkajs'
import type { RecordHeader } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'

type Encoder = { writeVarIntBytes(value: unknown): unknown }

const require = createRequire(import.meta.url)
const { prototype } = require('kafkajs/src/protocol/encoder') as { prototype: Encoder }

/** Takes the place of a null value: KafkaJS 2.2.4 measures a header's value before it looks whether there is one. */
const NULL = Buffer.alloc(0)

const mended = new WeakSet<Encoder>()

/** Makes KafkaJS write a header's null as such, which is as long as the empty value that it is measured as. */
function writeNullValues(): void {
  if (mended.has(prototype)) return
  mended.add(prototype)
  const write = prototype.writeVarIntBytes
  prototype.writeVarIntBytes = function (value) {
    return write.call(this, value === NULL ? null : value)
  }
}

/**
 * Headers that KafkaJS writes in this order, with repeated names where they are and null values. It takes an object, in
 * which repeats stand together and names that look like numbers come first; but of a list of values under one name it
 * writes what the list's own `map` gives.
 */
export function exactHeaders(headers: readonly RecordHeader[]): IHeaders {
  writeNullValues()
  const entries = headers.map(([key, value]) => ({ key, value: value ?? NULL }))
  return { exact: Object.assign([], { map: () => entries }) }
}
