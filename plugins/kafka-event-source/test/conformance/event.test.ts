import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { CLUSTER_ARN, ConformanceService } from './service.ts'
import { writtenHeaders } from './writtenHeaders.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
// https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html

const AT_ONCE = { maximumBatchingWindow: 0 }

const service = new ConformanceService()
const msk = service.function('msk', { event: AT_ONCE })
const selfManaged = service.function('selfManaged', { kind: 'kafka', event: AT_ONCE })
const headers = service.function('headers', { event: AT_ONCE })
const appendTime = service.function('appendTime', {
  event: AT_ONCE,
  topicConfig: { 'message.timestamp.type': 'LogAppendTime' },
})

beforeAll(() => service.start())
afterAll(() => service.stop())

const MESSAGES = [
  { key: 'k', value: '{"a":1}', timestamp: '1767225600123', headers: { trace: Buffer.from([1, 200]) } },
  { value: 'no key', timestamp: '1767225600124' },
  { key: '', value: '', timestamp: '1767225600125' },
  { key: Buffer.from([0xff, 0]), value: null, timestamp: '1767225600126' },
]

/** `MESSAGES` as the guide has records. */
const listed = (topic: string) => {
  const common = (offset: number) => ({
    topic,
    partition: 0,
    offset,
    timestamp: 1767225600123 + offset,
    timestampType: 'CREATE_TIME',
  })
  return [
    { ...common(0), key: 'aw==', value: 'eyJhIjoxfQ==', headers: [{ trace: [1, -56] }] },
    { ...common(1), value: 'bm8ga2V5', headers: [] },
    { ...common(2), key: '', value: '', headers: [] },
    { ...common(3), key: '/wA=', value: null, headers: [] },
  ]
}

it('has the shape of MSK: source, ARN, brokers, records by topic and partition', async () => {
  await msk.produce(MESSAGES)
  await msk.committed({ 0: 4 })

  expect(msk.invocations[0]?.event).toStrictEqual({
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    bootstrapServers: service.cluster.brokers.join(','),
    records: { [`${msk.topic}-0`]: listed(msk.topic) },
  })
})

it('has the shape of a self-managed cluster: its own source, and no ARN', async () => {
  await selfManaged.produce(MESSAGES)
  await selfManaged.committed({ 0: 4 })

  expect(selfManaged.invocations[0]?.event).toStrictEqual({
    eventSource: 'SelfManagedKafka',
    bootstrapServers: service.cluster.brokers.join(','),
    records: { [`${selfManaged.topic}-0`]: listed(selfManaged.topic) },
  })
})

it('has each header as one entry, in order, repeats in their place, whatever its name, bytes from -128 to 127, none for null', async () => {
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  const written: [name: string, value: Buffer | null][] = [
    ['b', Buffer.from('1')],
    ['a', Buffer.from('2')],
    ['b', Buffer.from('3')],
    ['2', Buffer.from('4')],
    ['1', Buffer.from('5')],
    ['__proto__', Buffer.from('6')],
    ['constructor', Buffer.from('7')],
    ['', Buffer.from('8')],
    ['ä', null],
    ['empty', Buffer.alloc(0)],
    ['all', Buffer.from(all)],
  ]
  await headers.produce([{ value: 'v', headers: writtenHeaders(written) }])
  await headers.committed({ 0: 1 })

  const [record] = headers.invocations[0]?.event.records[`${headers.topic}-0`] ?? []
  expect(record?.headers.map((header) => Object.entries(header))).toEqual(
    written.map(([name, value]) => [[name, [...new Int8Array(value ?? [])]]]),
  )
})

it("has the broker's time of a topic with LogAppendTime, and says so", async () => {
  const before = Date.now()
  await appendTime.produce([{ value: 'v', timestamp: '5' }])
  await appendTime.committed({ 0: 1 })

  const [record] = appendTime.invocations[0]?.event.records[`${appendTime.topic}-0`] ?? []
  expect(record?.timestampType).toBe('LOG_APPEND_TIME')
  expect(record?.timestamp).toBeGreaterThanOrEqual(before)
  expect(record?.timestamp).toBeLessThanOrEqual(Date.now())
})
