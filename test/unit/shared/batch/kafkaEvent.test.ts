import { describe, expect, it } from '@jest/globals'
import {
  headerText,
  itemFailure,
  type KafkaRecord,
  readKafkaEvent,
} from '../../../../shared/batch/kafkaEvent.ts'
import { PermanentError } from '../../../../shared/errors.ts'
import { kafkaEvent } from '../../../helpers/kafkaEvents.ts'

const only = (event: unknown): KafkaRecord => {
  const { records, unreadable } = readKafkaEvent(event)
  expect(unreadable).toEqual([])
  expect(records).toHaveLength(1)
  return records[0] as KafkaRecord
}

describe('a Lambda Kafka event', () => {
  it('is read partition by partition, in offset order', () => {
    const event = kafkaEvent({ 'orders-0': [{ value: 'a' }, { value: 'b' }], 'orders-2': [{ value: 'c' }] })

    const { records } = readKafkaEvent(event)

    expect(records.map(({ partition, offset, value }) => [partition, offset, String(value)])).toEqual([
      [0, 0, 'a'],
      [0, 1, 'b'],
      [2, 0, 'c'],
    ])
  })

  it('may come from a self-managed Kafka, without an ARN', () => {
    const { eventSourceArn: _, ...event } = kafkaEvent({ 'orders-0': [{ value: 'a' }] })

    expect(String(only({ ...event, eventSource: 'SelfManagedKafka' }).value)).toBe('a')
  })

  it.each([
    ['absent', undefined, null],
    ['null', null, null],
    ['empty', '', Buffer.alloc(0)],
    ['text', 'k', Buffer.from('k')],
  ])('has a key that is %s', (_what, key, expected) => {
    expect(
      only(kafkaEvent({ 'orders-0': [{ value: 'a', ...(key === undefined ? {} : { key }) }] })).key,
    ).toEqual(expected)
  })

  it('has null for the value of a tombstone, be it null or absent', () => {
    const event = kafkaEvent({ 'orders-0': [{ value: null }] })
    const [record] = event.records['orders-0'] as { value?: unknown }[]

    expect(only(event).value).toBeNull()
    delete record?.value
    expect(only(event).value).toBeNull()
  })

  it('has header bytes signed or unsigned, repeats and their order kept', () => {
    const event = kafkaEvent({ 'orders-0': [{ value: 'a' }] })
    const [record] = event.records['orders-0'] as { headers: unknown }[]
    Object.assign(record as object, {
      headers: [{ b: [-61, -87] }, { a: [195, 169] }, { b: [120] }, { c: null }],
    })

    const read = only(event)

    expect(read.headers).toEqual([
      ['b', Buffer.from('é')],
      ['a', Buffer.from('é')],
      ['b', Buffer.from('x')],
      ['c', null],
    ])
    expect(headerText(read, 'b')).toBe('x')
    expect(headerText(read, 'none')).toBeUndefined()
  })

  it('gives its good records although one is not as Lambda sends them', () => {
    const event = kafkaEvent({ 'orders-0': [{ value: 'a' }, { value: 'b' }, { value: 'c' }] })
    Object.assign(event.records['orders-0']?.[1] as object, { value: 12 })

    const { records, unreadable } = readKafkaEvent(event)

    expect(records.map(({ offset }) => offset)).toEqual([0, 2])
    expect(unreadable).toMatchObject([
      { record: { topic: 'orders', partition: 0, offset: 1 }, reason: expect.stringMatching(/: value: /) },
    ])
  })

  it.each(['QQ', 'QQ=', 'Q===', 'QQ=A', 'QQ==QQ==', ' QQ=', 'QUJD\n', 'a-__', 'é===', 'QUJD===='])(
    'does not give a record whose value is %j, which is no base64',
    (value) => {
      const event = kafkaEvent({ 'orders-0': [{ value: 'a' }] })
      Object.assign(event.records['orders-0']?.[0] as object, { value })

      expect(readKafkaEvent(event)).toMatchObject({
        records: [],
        unreadable: [{ reason: expect.stringMatching(/: value: must be base64$/) }],
      })
    },
  )

  it.each([{}, null, 'text', { Records: [] }, { eventSource: 'aws:sqs', records: {} }])(
    'is not %j',
    (event) => {
      expect(() => readKafkaEvent(event)).toThrow(PermanentError)
    },
  )

  it('names a record by topic-partition and offset, as an object', () => {
    expect(itemFailure({ topic: 'my-orders', partition: 3, offset: 7 } as KafkaRecord)).toEqual({
      itemIdentifier: { partition: 'my-orders-3', offset: 7 },
    })
  })
})
