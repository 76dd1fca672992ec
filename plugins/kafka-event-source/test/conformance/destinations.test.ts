import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type AwsEndpoint, BUCKET, QUEUE, startAwsEndpoint, TOPIC_ARN } from '../helpers/awsEndpoint.ts'
import { CLUSTER_ARN, ConformanceService, failing, records, reporting, textOf, values } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html

const PROVISIONED = {
  provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 },
  functionResponseType: 'ReportBatchItemFailures',
}
const QUEUE_ARN = `arn:aws:sqs:us-east-1:000000000000:${QUEUE}`
const full = (batchSize: number) => ({ batchSize, maximumBatchingWindow: 300 })
const to = (onFailure: string) => ({ destinations: { onFailure } })

const service = new ConformanceService()
const topics = {
  spent: service.topic('spent', { partitions: 3 }),
  keyed: service.topic('keyed-documents', { partitions: 5 }),
  aged: service.topic('aged'),
  reported: service.topic('reported'),
  missing: service.topic('missing', { missing: true }),
}
const toTopic = service.function('toTopic', {
  partitions: 2,
  event: { ...PROVISIONED, ...full(4), maximumRetryAttempts: 1, ...to(`kafka://${topics.spent}`) },
  handler: failing,
})
const keyed = service.function('keyed', {
  event: {
    ...PROVISIONED,
    maximumBatchingWindow: 0,
    maximumRetryAttempts: 0,
    ...to(`kafka://${topics.keyed}`),
  },
  handler: failing,
})
const agedToTopic = service.function('agedToTopic', {
  event: {
    ...PROVISIONED,
    maximumBatchingWindow: 0,
    maximumRecordAgeInSeconds: 60,
    ...to(`kafka://${topics.aged}`),
  },
})
const reportedToTopic = service.function('reportedToTopic', {
  event: { ...PROVISIONED, ...full(3), maximumRetryAttempts: 2, ...to(`kafka://${topics.reported}`) },
  handler: (event) => reporting(event, ['bad']),
})
const toQueue = service.function('toQueue', {
  partitions: 2,
  event: { ...PROVISIONED, ...full(3), maximumRetryAttempts: 1, ...to(QUEUE_ARN) },
  handler: failing,
})
const reportedToQueue = service.function('reportedToQueue', {
  event: { ...PROVISIONED, ...full(3), maximumRetryAttempts: 1, ...to(QUEUE_ARN) },
  handler: (event) => reporting(event, ['bad']),
})
const agedToQueue = service.function('agedToQueue', {
  event: { ...PROVISIONED, maximumBatchingWindow: 0, maximumRecordAgeInSeconds: 60, ...to(QUEUE_ARN) },
})
const tooLarge = service.function('tooLarge', {
  topicConfig: { 'max.message.bytes': '10000000' },
  event: { ...PROVISIONED, maximumBatchingWindow: 0, ...to(QUEUE_ARN) },
})
const onDemandToSns = service.function('onDemandToSns', {
  event: { maximumBatchingWindow: 0, ...to(TOPIC_ARN) },
  handler: failing,
})
const toBucket = service.function('toBucket', {
  event: { ...PROVISIONED, ...full(2), maximumRetryAttempts: 0, ...to(`arn:aws:s3:::${BUCKET}`) },
  handler: failing,
})
const away = service.function('away', {
  partitions: 2,
  event: {
    ...PROVISIONED,
    maximumBatchingWindow: 0,
    maximumRetryAttempts: 0,
    ...to(`kafka://${topics.missing}`),
  },
  handler: (event) => {
    if (values(event).some((value) => value.startsWith('bad'))) failing()
  },
})

let aws: AwsEndpoint
beforeAll(async () => {
  aws = await startAwsEndpoint()
  await service.start({
    custom: { kafkaEventSource: { retryPause: { firstMs: 20, longestMs: 40 } } },
    environment: { AWS_ENDPOINT_URL: aws.url },
  })
})
afterAll(async () => {
  await service.stop()
  await aws.close()
})

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const SOURCE = () => ({
  eventSourceArn: CLUSTER_ARN,
  bootstrapServers: service.cluster.brokers.join(','),
})
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:conformance-dev-${name}`
const bytesOf = (event: unknown) => Buffer.byteLength(JSON.stringify(event))

/** Documents in the queue about records of a topic. */
const inQueue = (topic: string) => aws.sent.map(({ body }) => JSON.parse(body)).filter(about(topic))
const about = (topic: string) => (document: { KafkaBatchInfo: { recordsInfo: object } }) =>
  Object.keys(document.KafkaBatchInfo.recordsInfo).some((name) => name.startsWith(`${topic}-`))

it('sends to a topic one document for each failed record, under its key, with the record in it', async () => {
  await toTopic.produce(
    [
      { key: 'k1', value: 'a', headers: { h: 'x' }, timestamp: '1767225600123' },
      { key: 'k2', value: null, timestamp: '1767225600124' },
    ],
    0,
  )
  await toTopic.produce([{ value: 'no key' }, { key: '', value: 'empty key' }], 1)
  await toTopic.committed({ 0: 2, 1: 2 })

  const written = await service.read(topics.spent)
  expect(written.map(({ key }) => key?.toString() ?? null).sort()).toEqual(['', 'k1', 'k2', null])
  const document = JSON.parse(`${written.find(({ key }) => `${key}` === 'k1')?.value}`)
  const [record] = (toTopic.invocations[0]?.event.records[`${toTopic.topic}-0`] ?? []) as object[]
  const payload = {
    eventSource: 'aws:kafka',
    ...SOURCE(),
    records: { [`${toTopic.topic}-0`]: [record] },
  }
  expect(document).toStrictEqual({
    requestContext: {
      requestId: toTopic.invocations[1]?.requestId,
      functionArn: `${functionArn('toTopic')}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 2,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: expect.stringMatching(ISO_TIME),
    KafkaBatchInfo: {
      batchSize: 1,
      ...SOURCE(),
      payloadSize: bytesOf(payload),
      recordInfo: { offset: '0', timestamp: '2026-01-01T00:00:00.123Z' },
    },
    payload,
  })
})

it('puts the documents of one key into the partition that a producer chooses for the key', async () => {
  const keys = Array.from({ length: 8 }, (_, index) => `key ${index}`)
  await service.cluster.producer.send({
    topic: topics.keyed,
    messages: keys.map((key) => ({ key, value: '{}' })),
  })
  await keyed.produce(keys.map((key) => ({ key, value: 'a' })))
  await keyed.committed({ 0: keys.length })

  const partitions = new Map<string, number[]>()
  for (const { key, partition } of await service.read(topics.keyed)) {
    partitions.set(String(key), [...(partitions.get(String(key)) ?? []), partition])
  }
  expect([...partitions.keys()].sort()).toEqual(keys)
  for (const [byProducer, byPlugin] of partitions.values()) expect(byPlugin).toBe(byProducer)
})

it('tells of a record that was too old, without the response of an invocation', async () => {
  await agedToTopic.produce([{ value: 'a', timestamp: '1767225600123' }, 'young'])
  await agedToTopic.committed({ 0: 2 })
  await agedToQueue.produce([{ value: 'a', timestamp: '1767225600123' }, 'young'])
  await agedToQueue.committed({ 0: 2 })

  const documents = [
    ...(await service.read(topics.aged)).map(({ value }) => JSON.parse(String(value))),
    ...inQueue(agedToQueue.topic),
  ]
  expect(documents).toHaveLength(2)
  for (const document of documents) {
    expect(document.requestContext).toMatchObject({
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 0,
    })
    expect(document).not.toHaveProperty('responseContext')
  }
  expect([agedToTopic.sent, agedToQueue.sent]).toEqual([[['young']], [['young']]])
})

it('sends a topic the reported records only, with no function error', async () => {
  await reportedToTopic.produce(['a', 'bad', 'b'])
  await reportedToTopic.committed({ 0: 3 })

  const documents = (await service.read(topics.reported)).map(({ value }) => JSON.parse(String(value)))
  expect(documents.map(({ payload }) => records(payload).map(textOf))).toEqual([['bad']])
  expect(documents[0]?.responseContext.functionError).toBeNull()
  expect(documents[0]?.requestContext.approximateInvokeCount).toBe(3)
})

it('sends a queue one document for a failed batch: where its records are, not what they hold', async () => {
  await toQueue.produce(
    [
      { value: 'a', timestamp: '1767225600123' },
      { value: 'b', timestamp: '1767225600456' },
    ],
    0,
  )
  await toQueue.produce([{ value: 'c', timestamp: '1767225600789' }], 1)
  await toQueue.committed({ 0: 2, 1: 1 })

  const [first, second] = toQueue.invocations
  expect(inQueue(toQueue.topic)).toStrictEqual([
    {
      requestContext: {
        requestId: second?.requestId,
        functionArn: functionArn('toQueue'),
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: expect.stringMatching(ISO_TIME),
      KafkaBatchInfo: {
        batchSize: 3,
        ...SOURCE(),
        payloadSize: bytesOf(first?.event),
        recordsInfo: {
          [`${toQueue.topic}-0`]: {
            firstRecordOffset: '0',
            lastRecordOffset: '1',
            firstRecordTimestamp: '2026-01-01T00:00:00.123Z',
            lastRecordTimestamp: '2026-01-01T00:00:00.456Z',
          },
          [`${toQueue.topic}-1`]: {
            firstRecordOffset: '0',
            lastRecordOffset: '0',
            firstRecordTimestamp: '2026-01-01T00:00:00.789Z',
            lastRecordTimestamp: '2026-01-01T00:00:00.789Z',
          },
        },
      },
    },
  ])
})

it('tells a queue of what is left of a batch, with no function error, when retries end on reported failures', async () => {
  await reportedToQueue.produce(['a', 'bad', 'b'])
  await reportedToQueue.committed({ 0: 3 })

  const [document, ...more] = inQueue(reportedToQueue.topic)
  expect(more).toEqual([])
  expect(document.responseContext).toEqual({
    statusCode: 200,
    executedVersion: '$LATEST',
    functionError: null,
  })
  expect(document.KafkaBatchInfo.batchSize).toBe(1)
  expect(document.KafkaBatchInfo.recordsInfo[`${reportedToQueue.topic}-0`]).toMatchObject({
    firstRecordOffset: '1',
    lastRecordOffset: '1',
  })
})

it('tells of a record that is too large for any event, with a response of null, and goes on', async () => {
  await tooLarge.produce([{ value: Buffer.alloc(4_800_000) }, 'next'])
  await tooLarge.committed({ 0: 2 })

  const [document, ...more] = inQueue(tooLarge.topic)
  expect(more).toEqual([])
  expect(document.requestContext.condition).toBe('MaximumPayloadSizeExceeded')
  expect(document.responseContext).toBeNull()
  expect(document.KafkaBatchInfo.payloadSize).toBeGreaterThan(6_291_456)
  expect(tooLarge.sent).toEqual([['next']])
})

it('sends a topic of SNS one document for a failed batch, in on-demand mode too, after 10 retries', async () => {
  await onDemandToSns.produce(['a', 'b'])
  await onDemandToSns.committed({ 0: 2 })

  const documents = aws.published.map(({ message }) => JSON.parse(message))
  expect(documents).toHaveLength(1)
  expect(documents[0].requestContext.approximateInvokeCount).toBe(11)
  expect(documents[0]).not.toHaveProperty('payload')
  expect(onDemandToSns.invocations).toHaveLength(11)
})

it('stores in a bucket one object for a failed batch, with the event as text', async () => {
  await toBucket.produce(['a', { key: 'k', value: 'é' }])
  await toBucket.committed({ 0: 2 })

  expect(aws.stored).toHaveLength(1)
  const { payload, ...document } = JSON.parse(aws.stored[0]?.body ?? '')
  expect(JSON.parse(payload)).toEqual(toBucket.invocations[0]?.event)
  expect(document.KafkaBatchInfo).toMatchObject({ batchSize: 2, payloadSize: Buffer.byteLength(payload) })
})

it('keeps what a destination that is away does not take, while the other partitions go on', async () => {
  await away.produce(['bad', 'bad too'], 0)
  await service.says(away, `topic ${topics.missing} does not take it`)
  await away.produce(['a', 'b'], 1)
  await away.committed({ 1: 2 })
  expect((await service.cluster.committed(away.groupId(), away.topic))[0] ?? 0).toBe(0)

  await service.cluster.createTopic(topics.missing)
  await away.committed({ 0: 2 })

  const documents = (await service.read(topics.missing)).map(({ value }) => JSON.parse(String(value)))
  expect(documents.flatMap(({ payload }) => values(payload))).toEqual(['bad', 'bad too'])
})
