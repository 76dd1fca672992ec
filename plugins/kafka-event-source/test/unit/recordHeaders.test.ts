import { createRequire } from 'node:module'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { headersAsWritten, keepHeadersAsWritten } from '../../src/kafka/recordHeaders.ts'

const require = createRequire(import.meta.url)
const Encoder = require('kafkajs/src/protocol/encoder')
const Decoder = require('kafkajs/src/protocol/decoder')
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder')

type Written = [name: string, value: Buffer | null][]

/** The bytes of a record, as any producer writes them (kafka.apache.org/documentation/#record). */
function recordBytes(headers: Written): Buffer {
  const encoder = new Encoder().writeInt8(0).writeVarLong('0').writeVarInt(0).writeVarIntBytes(null)
  encoder.writeVarIntBytes(Buffer.from('v')).writeVarInt(headers.length)
  for (const [name, value] of headers) encoder.writeVarIntString(name).writeVarIntBytes(value)
  return encoder.buffer
}

const read = (headers: Written) =>
  decodeRecord(new Decoder(recordBytes(headers)), { firstOffset: '0', firstTimestamp: '0' }).headers

it('keeps the headers of a record in their order, with repeats, whatever their names', () => {
  keepHeadersAsWritten()
  keepHeadersAsWritten()
  const name = fc.oneof(
    fc.constantFrom('a', 'b', '1', '0', 'constructor', '__proto__', 'toString', ''),
    fc.string({ unit: 'grapheme' }),
  )
  const value = fc.option(fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)))

  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (headers) => {
      expect(headersAsWritten(read(headers))).toEqual(headers)
    }),
  )
})

it('leaves others who read with the same KafkaJS the object that they know', () => {
  keepHeadersAsWritten()

  const headers = read([
    ['a', Buffer.from('1')],
    ['b', Buffer.from('2')],
    ['a', Buffer.from('3')],
  ])

  expect({ ...headers }).toEqual({ a: [Buffer.from('1'), Buffer.from('3')], b: Buffer.from('2') })
})
