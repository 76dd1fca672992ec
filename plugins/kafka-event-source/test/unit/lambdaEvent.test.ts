import { expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { partitionName } from '../../src/event/kafkaRecord.ts'
import {
  envelopeBytes,
  lambdaEvent,
  lambdaEventText,
  partitionBytes,
  recordBytes,
} from '../../src/event/lambdaEvent.ts'
import { anyRecord, aRecord } from '../helpers/records.ts'

const source = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0',
  bootstrapServers: 'b-1:9092,b-2:9092',
}

it('has the shape of the MSK event in the guide', () => {
  const records = [
    aRecord({ offset: 7, key: Buffer.from('o-7'), headers: [['trace', Buffer.from([1, 127, 128, 255])]] }),
    aRecord({ offset: 8, value: null, timestamp: 5, timestampType: 'LOG_APPEND_TIME' }),
    aRecord({ partition: 1, offset: 0, key: Buffer.alloc(0), value: Buffer.alloc(0) }),
  ]

  expect(lambdaEvent(records, source)).toStrictEqual({
    eventSource: 'aws:kafka',
    eventSourceArn: source.eventSourceArn,
    bootstrapServers: 'b-1:9092,b-2:9092',
    records: {
      'orders-0': [
        {
          topic: 'orders',
          partition: 0,
          offset: 7,
          timestamp: 1_767_225_600_000,
          timestampType: 'CREATE_TIME',
          key: 'by03',
          value: 'dmFsdWU=',
          headers: [{ trace: [1, 127, -128, -1] }],
        },
        {
          topic: 'orders',
          partition: 0,
          offset: 8,
          timestamp: 5,
          timestampType: 'LOG_APPEND_TIME',
          value: null,
          headers: [],
        },
      ],
      'orders-1': [
        {
          topic: 'orders',
          partition: 1,
          offset: 0,
          timestamp: 1_767_225_600_000,
          timestampType: 'CREATE_TIME',
          key: '',
          value: '',
          headers: [],
        },
      ],
    },
  })
})

it('keeps the order and the repeats of headers', () => {
  const headers = [
    ['b', Buffer.from([1])],
    ['1', Buffer.from([2])],
    ['b', null],
  ] as const

  expect(lambdaEvent([aRecord({ headers })], source).records['orders-0']?.[0]?.headers).toEqual([
    { b: [1] },
    { '1': [2] },
    { b: [] },
  ])
})

it('names a self-managed cluster when there is no ARN', () => {
  const event = lambdaEvent([], { bootstrapServers: 'localhost:9092' })

  expect(event).toEqual({
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'localhost:9092',
    records: {},
  })
})

it('counts the bytes of its text exactly, whatever the records', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 12 }), (records) => {
      const partitions = new Map(records.map((record) => [partitionName(record), record]))
      let bytes = envelopeBytes(source)
      for (const record of partitions.values()) bytes += partitionBytes(record)
      for (const record of records) bytes += recordBytes(record)

      expect(bytes).toBe(Buffer.byteLength(lambdaEventText(records, source)))
    }),
  )
})

it('gives back every byte of key, value and headers, whatever the records', () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const [written] = lambdaEvent([record], source).records[partitionName(record)] ?? []

      expect(written?.key).toBe(record.key?.toString('base64'))
      expect(written?.value).toBe(record.value?.toString('base64') ?? null)
      expect(written?.headers.flatMap(Object.entries)).toEqual(
        record.headers.map(([name, value]) => [name, [...new Int8Array(value ?? [])]]),
      )
    }),
  )
})
