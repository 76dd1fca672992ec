import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { lambdaEvent, lambdaEventText } from '../../../src/event/lambdaEvent.ts'
import type { FailedBatch } from '../../../src/onFailure/failedBatch.ts'
import {
  batchDocument,
  batchDocumentWithPayload,
  recordDocument,
  withoutPayload,
} from '../../../src/onFailure/failureDocument.ts'
import { anyRecord, aRecord } from '../../helpers/records.ts'

const msk = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment',
  source: {
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/demo/0-0',
    bootstrapServers: 'b:1',
  },
}
const selfManaged = { functionArn: msk.functionArn, source: { bootstrapServers: 'b:1,b:2' } }
const at = new Date('2026-01-02T03:04:05.678Z')

/** Two partitions, offsets with gaps, a key, a tombstone. */
const records = [
  aRecord({ offset: 7, key: Buffer.from('o-7') }),
  aRecord({ offset: 9, timestamp: 1_767_225_600_001, value: null }),
  aRecord({ offset: 42, timestamp: 1_767_225_600_009 }),
  aRecord({ partition: 3, offset: 0, timestamp: 1_767_225_600_500 }),
]

const failed: FailedBatch = {
  records,
  condition: 'RetryAttemptsExhausted',
  requestId: '316aa6d0-8154-4c6c-9af7-85d5f4a6bc81',
  invokeCount: 3,
  functionError: true,
}
const oversized: FailedBatch = {
  records: [records[0] as (typeof records)[0]],
  condition: 'MaximumPayloadSizeExceeded',
  requestId: failed.requestId,
  invokeCount: 0,
}

const lines = (document: object) => JSON.stringify(document, null, 2)

describe('a batch', () => {
  it('is told as in the guide, in its order of keys', () => {
    expect(lines(batchDocument(failed, msk, at))).toBe(`{
  "requestContext": {
    "requestId": "316aa6d0-8154-4c6c-9af7-85d5f4a6bc81",
    "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment",
    "condition": "RetryAttemptsExhausted",
    "approximateInvokeCount": 3
  },
  "responseContext": {
    "statusCode": 200,
    "executedVersion": "$LATEST",
    "functionError": "Unhandled"
  },
  "version": "1.0",
  "timestamp": "2026-01-02T03:04:05.678Z",
  "KafkaBatchInfo": {
    "batchSize": 4,
    "eventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/demo/0-0",
    "bootstrapServers": "b:1",
    "payloadSize": ${Buffer.byteLength(lambdaEventText(records, msk.source))},
    "recordsInfo": {
      "orders-0": {
        "firstRecordOffset": "7",
        "lastRecordOffset": "42",
        "firstRecordTimestamp": "2026-01-01T00:00:00.000Z",
        "lastRecordTimestamp": "2026-01-01T00:00:00.009Z"
      },
      "orders-3": {
        "firstRecordOffset": "0",
        "lastRecordOffset": "0",
        "firstRecordTimestamp": "2026-01-01T00:00:00.500Z",
        "lastRecordTimestamp": "2026-01-01T00:00:00.500Z"
      }
    }
  }
}`)
  })

  it('has the event as text for S3, after all the rest', () => {
    const document = batchDocumentWithPayload(failed, msk, at)

    expect(document).toStrictEqual({
      ...batchDocument(failed, msk, at),
      payload: lambdaEventText(records, msk.source),
    })
    expect(Object.keys(document).at(-1)).toBe('payload')
    expect(document.KafkaBatchInfo.payloadSize).toBe(Buffer.byteLength(document.payload))
  })
})

describe('a record', () => {
  it('is told as in the guide, with the event of it alone', () => {
    expect(lines(recordDocument(records[0] as (typeof records)[0], failed, msk, at))).toBe(`{
  "requestContext": {
    "requestId": "316aa6d0-8154-4c6c-9af7-85d5f4a6bc81",
    "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment:$LATEST",
    "condition": "RetriesExhausted",
    "approximateInvokeCount": 3
  },
  "responseContext": {
    "statusCode": 200,
    "executedVersion": "$LATEST",
    "functionError": "Unhandled"
  },
  "version": "1.0",
  "timestamp": "2026-01-02T03:04:05.678Z",
  "KafkaBatchInfo": {
    "batchSize": 1,
    "eventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/demo/0-0",
    "bootstrapServers": "b:1",
    "payloadSize": 295,
    "recordInfo": {
      "offset": "7",
      "timestamp": "2026-01-01T00:00:00.000Z"
    }
  },
  "payload": {
    "eventSource": "aws:kafka",
    "eventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/demo/0-0",
    "bootstrapServers": "b:1",
    "records": {
      "orders-0": [
        {
          "topic": "orders",
          "partition": 0,
          "offset": 7,
          "timestamp": 1767225600000,
          "timestampType": "CREATE_TIME",
          "key": "by03",
          "value": "dmFsdWU=",
          "headers": []
        }
      ]
    }
  }
}`)
  })

  it('keeps a tombstone and a missing key as they are', () => {
    const tombstone = aRecord({ key: null, value: null })

    const [sent] = recordDocument(tombstone, failed, msk, at).payload.records['orders-0'] ?? []

    expect(sent).toHaveProperty('value', null)
    expect(sent).not.toHaveProperty('key')
  })

  it('is, without its payload, still found by topic, partition and offset', () => {
    const record = records[3] as (typeof records)[0]
    const document = recordDocument(record, failed, msk, at)

    expect(withoutPayload(document, record)).toStrictEqual({
      requestContext: document.requestContext,
      responseContext: document.responseContext,
      version: '1.0',
      timestamp: '2026-01-02T03:04:05.678Z',
      KafkaBatchInfo: {
        batchSize: 1,
        eventSourceArn: msk.source.eventSourceArn,
        bootstrapServers: 'b:1',
        payloadSize: document.KafkaBatchInfo.payloadSize,
        recordInfo: { topic: 'orders', partition: 3, offset: '0', timestamp: '2026-01-01T00:00:00.500Z' },
      },
    })
  })

  it('has the payload that the function would get, whatever is in it', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const { payload, KafkaBatchInfo } = JSON.parse(
          JSON.stringify(recordDocument(record, { ...failed, records: [record] }, msk, at)),
        )
        expect(payload).toStrictEqual(lambdaEvent([record], msk.source))
        expect(KafkaBatchInfo.payloadSize).toBe(Buffer.byteLength(lambdaEventText([record], msk.source)))
      }),
    )
  })
})

const spentOnErrors = { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' }
const spentOnReports = { ...spentOnErrors, functionError: null }

describe.each([
  ['errors used up the retries', failed, 'RetryAttemptsExhausted', 'RetriesExhausted', spentOnErrors],
  [
    'reported failures used up the retries',
    { ...failed, functionError: false },
    'RetryAttemptsExhausted',
    'RetriesExhausted',
    spentOnReports,
  ],
  [
    'the records are too old',
    { records, condition: 'RecordAgeExceeded', requestId: 'r', invokeCount: 2 } as FailedBatch,
    'RecordAgeExceeded',
    'RecordAgeExceeded',
    undefined,
  ],
  ['the record is too large', oversized, 'MaximumPayloadSizeExceeded', 'MaximumPayloadSizeExceeded', null],
] as const)('when %s', (_name, batch, batchCondition, recordCondition, responseContext) => {
  it.each([
    ['SQS and SNS', batchDocument(batch, msk, at), batchCondition],
    ['S3', batchDocumentWithPayload(batch, msk, at), batchCondition],
    ['a topic', recordDocument(batch.records[0] as (typeof records)[0], batch, msk, at), recordCondition],
  ])('%s are told the condition', (_destination, document, condition) => {
    expect(document.requestContext).toMatchObject({
      condition,
      approximateInvokeCount: batch.invokeCount,
      requestId: batch.requestId,
    })
    if (responseContext === undefined) expect(document).not.toHaveProperty('responseContext')
    else expect(document.responseContext).toStrictEqual(responseContext)
  })
})

it.each([
  ['batch', batchDocument(failed, selfManaged, at).KafkaBatchInfo],
  ['record', recordDocument(records[0] as (typeof records)[0], failed, selfManaged, at).KafkaBatchInfo],
])('names no cluster ARN where the source has none: %s', (_name, info) => {
  expect(Object.keys(info)).not.toContain('eventSourceArn')
  expect(info.bootstrapServers).toBe('b:1,b:2')
})

it('has the events of a self-managed source in the payloads', () => {
  const [first] = records as [(typeof records)[0]]

  expect(recordDocument(first, failed, selfManaged, at).payload).toStrictEqual(
    lambdaEvent([first], selfManaged.source),
  )
  expect(recordDocument(first, failed, selfManaged, at).payload.eventSource).toBe('SelfManagedKafka')
})

it.each([
  [-1, '1969-12-31T23:59:59.999Z'],
  [2 ** 63, '+275760-09-13T00:00:00.000Z'],
])('takes a timestamp of %d', (timestamp, text) => {
  const record = aRecord({ timestamp })
  const document = recordDocument(record, { ...failed, records: [record] }, msk, at)

  expect(document.KafkaBatchInfo.recordInfo.timestamp).toBe(text)
})
