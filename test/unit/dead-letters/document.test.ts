import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { NotADeadLetterError, readDeadLetter } from '../../../dead-letters/document.ts'
import { listedLetter } from '../../../dead-letters/listedLetter.ts'
import type { KafkaRecord } from '../../../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import {
  recordDocument,
  withoutPayload,
} from '../../../plugins/kafka-event-source/src/onFailure/failureDocument.ts'
import { deadLetterOf, sampleRecord } from '../../helpers/deadLetters.ts'

const failed = (record: KafkaRecord) => ({
  records: [record],
  condition: 'RetryAttemptsExhausted' as const,
  requestId: '0b0d6e3b-6d5c-4a1d-9d0e-3f6a4b8b1c11',
  invokeCount: 11,
})
const context = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders-on-kafka-dev-payment',
  source: { eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/1', bootstrapServers: 'b:9092' },
}
const jsonBytes = (value: unknown) => Buffer.from(JSON.stringify(value))

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const headerName = fc.oneof(
  fc.constantFrom('a', '1', '0', '', 'constructor', '__proto__'),
  fc.string({ unit: 'grapheme' }),
)
const anyRecord: fc.Arbitrary<KafkaRecord> = fc.record({
  topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,30}$/),
  partition: fc.nat(1_000),
  offset: fc.maxSafeNat(),
  timestamp: fc.nat(4_000_000_000_000),
  timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.tuple(headerName, bytes), { maxLength: 6 }),
})

describe('the document of a dead letter', () => {
  it('gives back every record as it was, bytes, key, headers and their order', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const document = recordDocument(record, failed(record), context, new Date())

        const { record: again, topic, partition, offset } = readDeadLetter(jsonBytes(document))

        expect(again).toEqual(record)
        expect([topic, partition, offset]).toEqual([record.topic, record.partition, record.offset])
      }),
    )
  })

  it('tells where the record was when it came without it', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const whole = recordDocument(record, failed(record), context, new Date())

        const letter = readDeadLetter(jsonBytes(withoutPayload(whole, record)))

        expect(letter).toMatchObject({
          topic: record.topic,
          partition: record.partition,
          offset: record.offset,
          recordTime: new Date(record.timestamp).toISOString(),
          record: undefined,
        })
      }),
    )
  })

  it('of the mapping has no reason, of a function it has one', () => {
    const byMapping = recordDocument(sampleRecord(), failed(sampleRecord()), context, new Date(0))

    expect(readDeadLetter(jsonBytes(byMapping))).toMatchObject({
      condition: 'RetriesExhausted',
      reason: undefined,
      attempts: 11,
      failedAt: '1970-01-01T00:00:00.000Z',
    })
    expect(
      readDeadLetter(
        deadLetterOf(sampleRecord(), { condition: 'Declined', reason: 'the card has no cover' }),
      ),
    ).toMatchObject({ condition: 'Declined', reason: 'the card has no cover', attempts: 1 })
  })

  it('takes an absent, an empty and a null header value for what they are', () => {
    const document = JSON.parse(deadLetterOf(sampleRecord()).toString())
    document.payload.records['orders-0'][0].headers = [{ a: null }, { b: [] }, { c: [-1, 255] }]

    expect(readDeadLetter(jsonBytes(document)).record?.headers).toEqual([
      ['a', null],
      ['b', Buffer.alloc(0)],
      ['c', Buffer.from([255, 255])],
    ])
  })

  const without = (path: string[]) => {
    const document = JSON.parse(deadLetterOf(sampleRecord()).toString())
    const parent = path.slice(0, -1).reduce((object, name) => object[name], document)
    delete parent[path.at(-1) as string]
    return jsonBytes(document)
  }
  it.each([
    ['a tombstone', null, 'it has no value'],
    ['no text', Buffer.from([0xff, 0xfe]), 'it is not JSON'],
    ['no JSON', Buffer.from('secret{'), 'it is not JSON'],
    ['null', jsonBytes(null), /^the document: /],
    ['a list', jsonBytes([]), /^the document: /],
    ['another object', jsonBytes({ customer: 'secret' }), /^requestContext: /],
    ['no condition', without(['requestContext', 'condition']), /^requestContext\.condition: /],
    ['neither record nor place', without(['payload']), /^KafkaBatchInfo\.recordInfo\.topic: /],
    ['no record', without(['payload', 'records', 'orders-0']), /^payload\.records: /],
    ['a record without offset', without(['payload', 'records', 'orders-0', '0', 'offset']), /offset: /],
  ])('%s is refused, and what it holds is not told', (_what, value, message) => {
    expect(() => readDeadLetter(value)).toThrow(NotADeadLetterError)
    expect(() => readDeadLetter(value)).toThrow(message)
    expect(() => readDeadLetter(value)).not.toThrow(/secret/)
  })

  it('may be any JSON or any bytes: it is listed as unreadable, never thrown', () => {
    const value = fc.oneof(
      bytes,
      fc.json().map((text) => Buffer.from(text)),
      fc.constant(null),
    )
    fc.assert(
      fc.property(value, (garbage) => {
        const { content } = listedLetter({ ...sampleRecord(), topic: 'dead_letters', value: garbage })
        expect(content).toEqual({ unreadable: expect.any(String) })
      }),
    )
  })

  it('is listed with the order that it is about', () => {
    const order = sampleRecord({ value: jsonBytes({ order_id: 'o-1', customer: 'Ada' }) })
    const listed = listedLetter({ ...sampleRecord(), value: deadLetterOf(order) })

    expect(listed.content).toMatchObject({ orderId: 'o-1', hasRecord: true })
    expect(JSON.stringify(listed)).not.toContain('Ada')
  })
})
