import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { startTcpProxy, type TcpProxy } from '../../../../test/helpers/tcpProxy.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import type { KafkaRecord } from '../../src/event/kafkaRecord.ts'
import { lambdaEvent, lambdaEventText } from '../../src/event/lambdaEvent.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { AwsDestination } from '../../src/onFailure/AwsDestination.ts'
import type { FailedBatch, OnFailureDestination, OnFailureTarget } from '../../src/onFailure/failedBatch.ts'
import type { BatchDocument, RecordDocument } from '../../src/onFailure/failureDocument.ts'
import { KafkaDestination } from '../../src/onFailure/KafkaDestination.ts'
import { type DestinationOptions, openDestination } from '../../src/onFailure/openDestination.ts'
import { type AwsEndpoint, BUCKET, QUEUE, startAwsEndpoint, TOPIC_ARN } from '../helpers/awsEndpoint.ts'
import { KeptLog, silentLog } from '../helpers/log.ts'
import { aRecord } from '../helpers/records.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
let kafka: Kafka
beforeAll(async () => {
  cluster = await TestCluster.connect()
  kafka = kafkaClient({ brokers: cluster.brokers, ssl: false }, 'test', silentLog)
})
afterAll(() => cluster.close())

const source = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/demo/0-0',
  bootstrapServers: 'b:1',
}
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment'

let log: KeptLog
let folder: string
const opened: OnFailureDestination[] = []
beforeEach(() => {
  log = new KeptLog()
  folder = mkdtempSync(join(tmpdir(), 'on-failure-'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((destination) => destination.close()))
  rmSync(folder, { recursive: true, force: true })
})

function open(target: OnFailureTarget, changes: Partial<DestinationOptions> = {}): OnFailureDestination {
  const destination = openDestination(target, {
    name: 'payment',
    mappingName: 'payment',
    functionArn,
    source,
    kafka,
    log,
    dataFolder: folder,
    environment: {},
    resources: {},
    ...changes,
  })
  opened.push(destination)
  return destination
}

const failedBatch = (records: readonly KafkaRecord[]): FailedBatch => ({
  records,
  condition: 'RetryAttemptsExhausted',
  requestId: '316aa6d0-8154-4c6c-9af7-85d5f4a6bc81',
  invokeCount: 3,
  functionError: true,
})

type Read = { partition: number; key: Buffer | null; document: RecordDocument }

/** Everything that is on the topic, in the order of partition and offset. */
async function read(topic: string): Promise<Read[]> {
  const messages: { partition: number; message: KafkaMessage }[] = []
  const ends = await cluster.admin.fetchTopicOffsets(topic)
  const count = ends.reduce((sum, { offset }) => sum + Number(offset), 0)
  if (count === 0) return []
  const consumer = kafka.consumer({ groupId: `${topic}-reader-${Math.random()}`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => void messages.push({ partition, message }),
  })
  await waitFor(() => messages.length === count, { what: `${count} documents`, timeoutMs: 20_000 })
  await consumer.disconnect()
  return messages
    .sort((a, b) => a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset))
    .map(({ partition, message: { key, value } }) => ({
      partition,
      key,
      document: JSON.parse(String(value)),
    }))
}

const offsets = (documents: readonly Read[]) =>
  documents.map(({ document }) => Number(document.KafkaBatchInfo.recordInfo.offset))

describe('a topic', () => {
  it('gets a document for each record, under its key, in the partition that a producer chooses for the key', async () => {
    const [topic, sample] = [await cluster.topic(5), await cluster.topic(5)]
    const keys = ['', 'o-1', 'o-2', 'customer-33', 'ключ', 'x'.repeat(300)].map((key) => Buffer.from(key))
    const records = keys.map((key, offset) =>
      aRecord({ offset, key, value: offset === 2 ? null : Buffer.from(`v${offset}`) }),
    )
    await cluster.producer.send({ topic: sample, messages: keys.map((key) => ({ key, value: null })) })
    const expected = new Map<string, number>()
    const sampled = kafka.consumer({ groupId: `${sample}-reader`, maxWaitTimeInMs: 50 })
    await sampled.connect()
    await sampled.subscribe({ topic: sample, fromBeginning: true })
    await sampled.run({
      eachMessage: async ({ partition, message }) => void expected.set(String(message.key), partition),
    })
    await waitFor(() => expected.size === keys.length, { what: 'the partitions of all keys' })
    await sampled.disconnect()

    const destination = open({ type: 'kafka', topic })
    await destination.send(failedBatch(records))

    const written = await read(topic)
    expect(destination.label).toBe(`topic ${topic}`)
    expect(Object.fromEntries(written.map(({ key, partition }) => [String(key), partition]))).toEqual(
      Object.fromEntries(expected),
    )
    for (const { key, document } of written) {
      const record = records.find(
        ({ offset }) => String(offset) === document.KafkaBatchInfo.recordInfo.offset,
      )
      expect(key).toEqual(record?.key)
      expect(document.payload).toStrictEqual(lambdaEvent([record as KafkaRecord], source))
      expect(document.requestContext.condition).toBe('RetriesExhausted')
      expect(document.requestContext.functionArn).toBe(`${functionArn}:$LATEST`)
    }
    expect(log.lines).toEqual([])
  })

  it('gets keyless records in turn, without a key', async () => {
    const topic = await cluster.topic(3)
    const destination = open({ type: 'kafka', topic })

    await destination.send(failedBatch([0, 1, 2, 3].map((offset) => aRecord({ offset }))))
    await destination.send(failedBatch([4, 5].map((offset) => aRecord({ offset }))))

    const written = await read(topic)
    expect(written.map(({ partition }) => partition)).toEqual([0, 0, 1, 1, 2, 2])
    expect(written.every(({ key }) => key === null)).toBe(true)
  })

  it('gets a batch that is larger than one request, once and in order', async () => {
    const topic = await cluster.topic(2)
    const key = Buffer.from('o-1')
    const records = Array.from({ length: 700 }, (_, offset) =>
      aRecord({ offset, key, value: Buffer.alloc(3_000) }),
    )

    await open({ type: 'kafka', topic }).send(failedBatch(records))

    expect(offsets(await read(topic))).toEqual(records.map(({ offset }) => offset))
  })

  it('gets what is too large for it without the payload, and the others whole', async () => {
    const topic = await cluster.topic(2, [{ name: 'max.message.bytes', value: '50000' }])
    const key = Buffer.from('o-1')
    const records = [1_000, 60_000, 1_000, 30_000, 30_000].map((bytes, offset) =>
      aRecord({ partition: 4, offset, key, value: Buffer.alloc(bytes) }),
    )

    await open({ type: 'kafka', topic }).send(failedBatch(records))

    const written = await read(topic)
    expect(offsets(written)).toEqual([0, 1, 2, 3, 4])
    expect(written.map(({ document }) => 'payload' in document)).toEqual([true, false, true, true, true])
    expect(written[1]?.key).toEqual(key)
    expect(written[1]?.document.KafkaBatchInfo.recordInfo).toEqual({
      topic: 'orders',
      partition: 4,
      offset: '1',
      timestamp: '2026-01-01T00:00:00.000Z',
    })
    expect(log.lines).toEqual([
      `payment: orders-4 offset 1 is in topic ${topic} without its payload: with it, it is larger than the topic takes (max.message.bytes)`,
    ])
  })

  it('gets a record with a key that is too large for it without the key', async () => {
    const topic = await cluster.topic(1, [{ name: 'max.message.bytes', value: '50000' }])

    await open({ type: 'kafka', topic }).send(failedBatch([aRecord({ key: Buffer.alloc(60_000) })]))

    const written = await read(topic)
    expect(written.map(({ key }) => key)).toEqual([null])
    expect(log.lines.join()).toContain('without its payload and its key')
  })

  it('that takes nothing is named, with what to do', async () => {
    const topic = await cluster.topic(1, [{ name: 'max.message.bytes', value: '300' }])

    await expect(open({ type: 'kafka', topic }).send(failedBatch([aRecord()]))).rejects.toThrow(
      /^topic \S+ takes not even \d+ bytes; raise its max.message.bytes$/,
    )
  })

  it('that does not exist is named, is not made, and is written to once it exists', async () => {
    const topic = `missing-${Date.now()}`
    const destination = open({ type: 'kafka', topic })
    const failed = failedBatch([aRecord({ offset: 5 })])

    await expect(destination.send(failed)).rejects.toThrow(
      new RegExp(`^topic ${topic} does not exist; create it$`),
    )
    expect(await cluster.admin.listTopics()).not.toContain(topic)
    await cluster.createTopic(topic)
    await destination.send(failed)

    expect(offsets(await read(topic))).toEqual([5])
  })

  it('gets records in partitions that were added meanwhile', async () => {
    const topic = await cluster.topic(1)
    const destination = open({ type: 'kafka', topic })
    await destination.send(failedBatch([aRecord({ offset: 0 })]))
    await cluster.admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] })

    const failed = failedBatch([1, 2, 3, 4, 5, 6].map((offset) => aRecord({ offset })))
    await waitFor(
      async () => {
        await destination.send(failed)
        return true
      },
      { what: 'the new partitions to be written to' },
    )

    const written = await read(topic)
    expect(new Set(written.map(({ partition }) => partition)).size).toBe(6)
    expect(offsets(written).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

describe('a topic behind a connection that breaks', () => {
  let proxy: TcpProxy
  let port: number
  const startProxy = () => startTcpProxy(port, Number(cluster.brokers[0]?.split(':')[1]))
  beforeEach(async () => {
    port = await freePort()
    proxy = await startProxy()
  })
  afterEach(() => proxy.stop())

  /** Its clients reach the broker through the proxy alone, whatever address the broker names. */
  function openBehindProxy(
    topic: string,
    timeoutMs: number,
    connect = (connected: () => void) => net.connect(port, '127.0.0.1').once('connect', connected),
  ): KafkaDestination {
    const destination = new KafkaDestination({
      name: 'payment',
      topic,
      context: { functionArn, source },
      log,
      timeoutMs,
      kafka: new Kafka({
        brokers: [...cluster.brokers],
        logLevel: logLevel.NOTHING,
        connectionTimeout: 500,
        requestTimeout: 1_000,
        retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 100 },
        socketFactory: ({ onConnect }) => connect(onConnect),
      }),
    })
    opened.push(destination)
    return destination
  }

  it('gets what could not be sent, as soon as the broker is back', async () => {
    const topic = await cluster.topic()
    await proxy.stop()
    const destination = openBehindProxy(topic, 5_000)
    const failed = failedBatch([aRecord({ offset: 1 })])

    await expect(destination.send(failed)).rejects.toThrow(`topic ${topic}: `)
    proxy = await startProxy()
    await destination.send(failed)
    await proxy.stop()
    await expect(destination.send(failedBatch([aRecord({ offset: 2 })]))).rejects.toThrow(`topic ${topic}: `)
    proxy = await startProxy()
    await destination.send(failedBatch([aRecord({ offset: 3 })]))

    expect(offsets(await read(topic))).toEqual([1, 3])
  })

  it('gets nothing twice that was written before the connection broke', async () => {
    const topic = await cluster.topic(3, [{ name: 'max.message.bytes', value: '50000' }])
    const destination = openBehindProxy(topic, 5_000)
    const failed = failedBatch([
      aRecord({ offset: 1 }),
      aRecord({ offset: 2, value: Buffer.alloc(60_000) }),
      aRecord({ offset: 3 }),
    ])
    let stopped: Promise<void> | undefined
    log.warning = () => {
      stopped = proxy.stop()
    }

    await expect(destination.send(failed)).rejects.toThrow(`topic ${topic}: `)
    await stopped
    expect(offsets(await read(topic))).toEqual([1, 2])
    proxy = await startProxy()
    await destination.send(failed)

    expect(offsets(await read(topic)).sort()).toEqual([1, 2, 3])
  })

  it('gets on with it after an idle connection was closed', async () => {
    const topic = await cluster.topic()
    const destination = openBehindProxy(topic, 5_000)
    await destination.send(failedBatch([aRecord({ offset: 1 })]))

    proxy.closeConnections()
    await waitFor(() => proxy.open === 0, { what: 'all connections to be closed' })
    await destination.send(failedBatch([aRecord({ offset: 2 })]))

    expect(offsets(await read(topic))).toEqual([1, 2])
  })

  it('is given up for the time being when the broker does not answer, and written to over a new connection', async () => {
    const topic = await cluster.topic()
    const destination = openBehindProxy(topic, 700)
    await destination.send(failedBatch([aRecord({ offset: 1 })]))
    proxy.swallowAnswers()
    const failed = failedBatch([aRecord({ offset: 2 })])

    const start = Date.now()
    await expect(destination.send(failed)).rejects.toThrow(
      `topic ${topic}: no answer from Kafka within 700 ms`,
    )
    expect(Date.now() - start).toBeLessThan(3_000)
    await destination.send(failed)

    expect(offsets(await read(topic))).toEqual([1, 2])
  })

  it('leaves no connection open at its end, not even for an attempt that goes on after its time', async () => {
    const topic = await cluster.topic(1, [{ name: 'max.message.bytes', value: '50000' }])
    const destination = openBehindProxy(topic, 400)
    log.warning = () => proxy.swallowAnswers()

    const tooLarge = aRecord({ offset: 1, value: Buffer.alloc(60_000) })
    await expect(destination.send(failedBatch([tooLarge, aRecord({ offset: 2 })]))).rejects.toThrow(
      'no answer from Kafka within 400 ms',
    )
    await destination.close()

    // The second one's answer is lost; KafkaJS sends it once more when its own time is up.
    const count = async () => Number((await cluster.admin.fetchTopicOffsets(topic))[0]?.offset)
    await waitFor(async () => (await count()) === 3, { what: 'the repeated document' })
    await waitFor(() => proxy.open === 0, { what: 'all connections to be closed' })
  })

  it('leaves no connection open that came about after another had failed', async () => {
    const nobody = await freePort()
    let asked = 0
    let connections = 0
    const destination = openBehindProxy(await cluster.topic(), 5_000, (connected) => {
      asked += 1
      // One client is refused twice at once and gives up; the other is refused later than that, and tries again with success.
      if (asked === 2) {
        const socket = new net.Socket()
        setTimeout(() => socket.destroy(new Error('refused later')), 250)
        return socket
      }
      if (asked < 4) return net.connect(nobody, '127.0.0.1')
      connections += 1
      return net.connect(port, '127.0.0.1').once('connect', connected)
    })

    await expect(destination.send(failedBatch([aRecord()]))).rejects.toThrow('ECONNREFUSED')

    await waitFor(() => connections > 0 && proxy.bytesFromClients > 0, { what: 'the late connection' })
    await waitFor(() => proxy.open === 0, { what: 'all connections to be closed' })
  })
})

describe('at a local endpoint', () => {
  let aws: AwsEndpoint
  beforeEach(async () => {
    aws = await startAwsEndpoint()
  })
  afterEach(() => aws.close())

  const records = [aRecord({ offset: 3, key: Buffer.from('é') }), aRecord({ partition: 1, offset: 9 })]

  it('a queue gets one message for a batch', async () => {
    const resources = { Dlq: { Type: 'AWS::SQS::Queue', Properties: { QueueName: QUEUE } } }
    const arn = { 'Fn::GetAtt': ['Dlq', 'Arn'] }
    const destination = open(
      { type: 'sqs', arn },
      { environment: { AWS_ENDPOINT_URL: aws.url, AWS_REGION: 'eu-west-1' }, resources },
    )

    await destination.send(failedBatch(records))

    expect(destination.label).toBe('queue orders-dlq')
    expect(aws.sent).toHaveLength(1)
    const document: BatchDocument = JSON.parse(aws.sent[0]?.body ?? '')
    expect(document).not.toHaveProperty('payload')
    expect(document.requestContext.functionArn).toBe(functionArn)
    expect(Object.keys(document.KafkaBatchInfo.recordsInfo)).toEqual(['orders-0', 'orders-1'])
    expect([...aws.signedFor]).toEqual(['local/eu-west-1/sqs'])
    expect(log.lines).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it('a topic of SNS gets one message for a batch', async () => {
    const destination = open(
      { type: 'sns', arn: TOPIC_ARN },
      {
        environment: {
          AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
          AWS_ENDPOINT_URL_SNS: aws.url,
          AWS_ACCESS_KEY_ID: 'mine',
          AWS_SECRET_ACCESS_KEY: 'secret',
        },
      },
    )

    await destination.send(failedBatch(records))

    expect(destination.label).toBe('SNS topic order-alerts')
    expect(aws.published).toHaveLength(1)
    const document: BatchDocument = JSON.parse(aws.published[0]?.message ?? '')
    expect(document.KafkaBatchInfo.batchSize).toBe(2)
    expect(document).not.toHaveProperty('payload')
    expect([...aws.signedFor]).toEqual(['mine/eu-west-1/sns'])
  })

  it('a bucket gets one object for a batch, with the event in it', async () => {
    const destination = open(
      { type: 's3', arn: `arn:aws:s3:::${BUCKET}` },
      { environment: { AWS_ENDPOINT_URL: aws.url } },
    )

    await destination.send(failedBatch(records))
    await destination.send(failedBatch(records))

    expect(destination.label).toBe('bucket order-failures')
    const [first, second] = aws.stored
    expect(first?.key).toMatch(
      /^aws\/lambda\/payment\/orders-0\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    )
    expect(second?.key).not.toBe(first?.key)
    expect(first?.contentType).toBe('application/json')
    expect(JSON.parse(first?.body ?? '').payload).toBe(lambdaEventText(records, source))
  })

  it.each([
    ['sqs', 'arn:aws:sqs:us-east-1:000000000000:other', 'queue other', 'no such queue'],
    ['sns', 'arn:aws:sns:us-east-1:000000000000:other', 'SNS topic other', 'no such topic'],
    ['s3', 'arn:aws:s3:::other', 'bucket other', 'no such bucket'],
  ] as const)('says what %s answers when there is no such thing', async (type, arn, label, answer) => {
    const destination = open({ type, arn }, { environment: { AWS_ENDPOINT_URL: aws.url } })

    const sending = destination.send(failedBatch(records))

    await expect(sending).rejects.toThrow(`${label} at ${aws.url}: `)
    await expect(sending).rejects.toThrow(answer)
  })

  it('is not waited for without end', async () => {
    const port = await freePort()
    const nowhere = await startTcpProxy(port, Number(new URL(aws.url).port))
    nowhere.swallowAllAnswers()
    const destination = new AwsDestination({
      service: 's3',
      arn: `arn:aws:s3:::${BUCKET}`,
      label: 'bucket order-failures',
      endpoint: `http://127.0.0.1:${port}`,
      mappingName: 'payment',
      document: () => '{}',
      environment: {},
      timeoutMs: 300,
    })
    opened.push(destination)

    const sending = destination.send(failedBatch(records))
    await sending.catch(() => {})
    await nowhere.stop()

    await expect(sending).rejects.toThrow(
      `bucket order-failures at http://127.0.0.1:${port}: no answer within 300 ms`,
    )
  })

  it('goes on after the endpoint was away', async () => {
    const { url } = aws
    await aws.close()
    const destination = open(
      { type: 's3', arn: `arn:aws:s3:::${BUCKET}` },
      { environment: { AWS_ENDPOINT_URL: url } },
    )

    await expect(destination.send(failedBatch(records))).rejects.toThrow(
      new RegExp(`^bucket order-failures at ${url}: .*ECONNREFUSED`),
    )
    aws = await startAwsEndpoint(Number(new URL(url).port))
    await destination.send(failedBatch(records))

    expect(aws.stored).toHaveLength(1)
  })
})

describe('without an endpoint', () => {
  it.each([
    ['sqs', 'arn:aws:sqs:us-east-1:000000000000:orders-dlq', 'queue orders-dlq'],
    ['sns', 'arn:aws:sns:us-east-1:000000000000:order-alerts', 'SNS topic order-alerts'],
    ['s3', 'arn:aws:s3:::order-failures', 'bucket order-failures'],
  ] as const)('documents for %s become lines of a file, said once', async (type, arn, label) => {
    const destination = open({ type, arn })
    expect(log.lines).toEqual([])

    await destination.send(failedBatch([aRecord({ offset: 1 })]))
    await destination.send(failedBatch([aRecord({ offset: 2 })]))

    const documents = readFileSync(join(folder, 'on-failure', 'payment.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line): BatchDocument => JSON.parse(line))
    expect(
      documents.map(({ KafkaBatchInfo }) => KafkaBatchInfo.recordsInfo['orders-0']?.firstRecordOffset),
    ).toEqual(['1', '2'])
    expect('payload' in (documents[0] ?? {})).toBe(type === 's3')
    expect(log.lines).toHaveLength(1)
    expect(log.lines[0]).toMatch(/^payment: what fails goes to \S+on-failure\/payment\.jsonl instead of /)
    expect(log.lines[0]).toContain(`instead of ${label}, because AWS_ENDPOINT_URL is not set`)
  })
})
