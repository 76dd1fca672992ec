import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { lambdaEventText } from '../../../../plugins/kafka-event-source/src/event/lambdaEvent.ts'
import {
  recordDocument,
  withoutPayload,
} from '../../../../plugins/kafka-event-source/src/onFailure/failureDocument.ts'
import { deadLetterForms } from '../../../../shared/batch/deadLetter.ts'
import { type KafkaRecord, readKafkaEvent } from '../../../../shared/batch/kafkaEvent.ts'

/** What topics take by default (`max.message.bytes`). */
const LARGEST_RECORD = 1_048_588
const AT = new Date('2026-11-25T12:00:00.000Z')
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment'
const MSK = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/test/0-0',
  bootstrapServers: 'b-1:9098,b-2:9098',
}
const SELF_MANAGED = { bootstrapServers: 'b-1:9092' }

const written = {
  topic: 'my-orders',
  partition: 2,
  offset: 7,
  timestamp: 1_767_225_600_123,
  timestampType: 'CREATE_TIME' as const,
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.from('not json'),
  headers: [
    ['h', Buffer.from([200])],
    ['h', Buffer.from('again')],
  ] as [string, Buffer][],
}

/** The record as the function gets it, and what becomes of it. */
function givenUp(record: typeof written | (Omit<typeof written, 'key'> & { key: null }), source: typeof MSK) {
  const { source: asRead, records } = readKafkaEvent(JSON.parse(lambdaEventText([record], source)))
  return deadLetterForms(
    records[0] as KafkaRecord,
    {
      source: asRead,
      requestId: 'request-1',
      functionArn: `${FUNCTION}:$LATEST`,
      condition: 'InvalidRecord',
      reason: 'the value is not JSON',
    },
    AT,
  )
}

describe('the dead letter of a function', () => {
  it.each([
    ['MSK', MSK],
    ['self-managed Kafka', SELF_MANAGED as typeof MSK],
  ])('is the document that the mapping writes, with the reason, for %s', (_what, source) => {
    const { responseContext: _, ...ofMapping } = recordDocument(
      written,
      { records: [written], condition: 'RetryAttemptsExhausted', requestId: 'request-1', invokeCount: 1 },
      { functionArn: FUNCTION, source },
      AT,
    )
    const [whole, bare, keyless, ...more] = givenUp(written, source)
    const expected = {
      ...ofMapping,
      requestContext: {
        ...ofMapping.requestContext,
        condition: 'InvalidRecord',
        reason: 'the value is not JSON',
      },
    }

    expect(whole).toEqual({
      topic: 'dead_letters',
      key: written.key,
      value: JSON.stringify(expected),
      headers: {},
    })
    const withoutRecord = JSON.stringify(withoutPayload(expected as never, written))
    expect(bare).toEqual({ ...whole, value: withoutRecord })
    expect(keyless).toEqual({ ...whole, key: null, value: withoutRecord })
    expect(more).toEqual([])
  })

  it('has no form without a key where there is none', () => {
    expect(givenUp({ ...written, key: null }, MSK).map(({ key }) => key)).toEqual([null, null])
  })

  it.each([
    ['value', { value: Buffer.alloc(LARGEST_RECORD) }],
    ['key', { key: Buffer.alloc(LARGEST_RECORD) }],
    ['header', { headers: [['h', Buffer.alloc(LARGEST_RECORD, -128)]] as [string, Buffer][] }],
    [
      'name of a header',
      { headers: [['\u0001'.repeat(LARGEST_RECORD), Buffer.alloc(0)]] as [string, Buffer][] },
    ],
  ])(
    'fits into its topic whole, whatever takes up the record that its own topic just takes: its %s',
    (_what, large) => {
      const [whole] = givenUp({ ...written, ...large } as typeof written, MSK)

      const topics = readFileSync(path.join(import.meta.dirname, '../../../../resources/topics.yml'), 'utf8')
      const most = Number(/TopicName: dead_letters[\s\S]*"max\.message\.bytes": "(\d+)"/.exec(topics)?.[1])
      expect((whole?.key?.length ?? 0) + Buffer.byteLength(String(whole?.value))).toBeLessThan(most)
    },
  )

  it('has any timestamp', () => {
    const [whole] = givenUp({ ...written, timestamp: 2 ** 62 }, MSK)

    expect(JSON.parse(String(whole?.value)).KafkaBatchInfo.recordInfo.timestamp).toBe(
      '+275760-09-13T00:00:00.000Z',
    )
  })
})
