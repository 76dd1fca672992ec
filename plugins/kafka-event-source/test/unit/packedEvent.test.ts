import { expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import type { KafkaRecord } from '../../src/event/kafkaRecord.ts'
import { lambdaEvent } from '../../src/event/lambdaEvent.ts'
import { packEvent, unpackEvent } from '../../src/event/packedEvent.ts'
import { anyRecord, aRecord } from '../helpers/records.ts'

const SOURCE = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0',
  bootstrapServers: 'b:9092',
}

/** Through the copy that a message to another thread is. */
const travelled = (records: readonly KafkaRecord[], source = SOURCE as Parameters<typeof packEvent>[1]) => {
  const packed = packEvent(records, source)
  return unpackEvent(structuredClone(packed, { transfer: [packed.buffer] }))
}

/** As fetched: the bytes of all records lie in one response, with something between them. */
function inOneResponse(records: readonly KafkaRecord[], gap: number): KafkaRecord[] {
  const parts = records.flatMap(({ key, value }) => [key, value].filter((part) => part !== null))
  const response = Buffer.concat(parts.flatMap((part) => [Buffer.alloc(gap, 0xff), part]))
  let at = 0
  const placed = (part: Buffer | null) => {
    if (part === null) return null
    at += gap + part.length
    return response.subarray(at - part.length, at)
  }
  return records.map((record) => ({ ...record, key: placed(record.key), value: placed(record.value) }))
}

it('arrives as the event that Lambda hands to a function, whatever the records and however they lie in memory', () => {
  fc.assert(
    fc.property(
      fc.array(anyRecord, { maxLength: 12 }),
      fc.constantFrom(0, 3, 64, 65, 500),
      (records, gap) => {
        const expected = lambdaEvent(records, SOURCE)
        expect(travelled(records)).toEqual(expected)
        expect(travelled(inOneResponse(records, gap))).toEqual(expected)
        expect(travelled(inOneResponse(records, gap).reverse())).toEqual(
          lambdaEvent([...records].reverse(), SOURCE),
        )
      },
    ),
    { numRuns: 300 },
  )
})

it('has the fields of a record in the order of the event, and of a self-managed source no ARN', () => {
  const records = [
    aRecord({ key: Buffer.from('k'), headers: [['__proto__', Buffer.from([128])]] }),
    aRecord({ offset: 1 }),
  ]

  expect(JSON.stringify(travelled(records, { bootstrapServers: 'b' }))).toBe(
    JSON.stringify(lambdaEvent(records, { bootstrapServers: 'b' })),
  )
})

it('takes nothing along but the bytes of its records', () => {
  const response = Buffer.alloc(1_000_000)
  const records = [10, 500_000, 999_000].map((start, offset) =>
    aRecord({ offset, value: response.subarray(start, start + 100) }),
  )

  expect(packEvent(records, SOURCE).buffer.byteLength).toBeLessThan(1_000)
})
