import { createRequire } from 'node:module'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { exactHeaders } from '../../../dead-letters/exactHeaders.ts'
import { kafkaRecord } from '../../../plugins/kafka-event-source/src/kafka/fromKafkaJs.ts'

const require = createRequire(import.meta.url)
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0')
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder')
const Decoder = require('kafkajs/src/protocol/decoder')

type Message = { key: Buffer | null; value: Buffer | null; headers: unknown }

/** What is read of a record after KafkaJS has written it, and how long it says that the record is. */
function writtenAndRead(message: Message) {
  const { buffer } = encodeRecord(message)
  const decoder = new Decoder(buffer)
  const length = decoder.readVarInt()
  expect(length).toBe(buffer.length - (decoder.offset as number))
  return kafkaRecord('orders', 0, decodeRecord(decoder, { firstOffset: '0', firstTimestamp: '0' }))
}

it('KafkaJS writes the headers in their order, with repeats, nulls and whatever names', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', '1', '0', 'constructor', '__proto__', 'toString', ''),
    fc.string({ unit: 'grapheme' }),
  )
  const bytes = fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array))

  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.option(bytes)), { maxLength: 8 }),
      fc.option(bytes),
      fc.option(bytes),
      (headers, key, value) => {
        const read = writtenAndRead({ key, value, headers: exactHeaders(headers) })

        expect([read.key, read.value, read.headers]).toEqual([key, value, headers])
      },
    ),
  )
})

it('leaves others who write with the same KafkaJS what they know', () => {
  exactHeaders([])
  const headers = { b: 'text', a: [Buffer.from('1'), Buffer.from('')] }

  expect(writtenAndRead({ key: null, value: Buffer.alloc(0), headers }).headers).toEqual([
    ['b', Buffer.from('text')],
    ['a', Buffer.from('1')],
    ['a', Buffer.alloc(0)],
  ])
})
