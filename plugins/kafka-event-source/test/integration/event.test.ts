import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { ARN, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(stopMappings)
afterAll(() => cluster.close())

it('sends each kind of record as it is on the topic', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, [
    {
      key: 'k',
      value: '{"a":1}',
      timestamp: '1767225600123',
      headers: { trace: Buffer.from([1, 200]), b: 'x' },
    },
    { value: 'no key', timestamp: '1767225600124' },
    { key: '', value: '', timestamp: '1767225600125' },
    { key: 'gone', value: null, timestamp: '1767225600126', headers: { twice: ['1', '2'] } },
  ])

  const { invocations } = await startMapping({ topic })
  await waitFor(() => invocations.length === 1, { what: 'an invocation' })

  const record = { topic, partition: 0, timestampType: 'CREATE_TIME' }
  expect(invocations[0]?.event).toStrictEqual({
    eventSource: 'aws:kafka',
    eventSourceArn: ARN,
    bootstrapServers: process.env.KAFKA_BROKERS,
    records: {
      [`${topic}-0`]: [
        {
          ...record,
          offset: 0,
          timestamp: 1767225600123,
          key: 'aw==',
          value: 'eyJhIjoxfQ==',
          headers: [{ trace: [1, -56] }, { b: [120] }],
        },
        { ...record, offset: 1, timestamp: 1767225600124, value: 'bm8ga2V5', headers: [] },
        { ...record, offset: 2, timestamp: 1767225600125, key: '', value: '', headers: [] },
        {
          ...record,
          offset: 3,
          timestamp: 1767225600126,
          key: 'Z29uZQ==',
          value: null,
          headers: [{ twice: [49] }, { twice: [50] }],
        },
      ],
    },
  })
})

it('sends headers whatever their names are', async () => {
  const topic = await cluster.topic()
  const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty', '', '2', '1', 'ä']
  const headers = Object.create(null)
  for (const name of names) headers[name] = 'x'
  await cluster.produce(topic, [{ value: 'a', headers }, 'b'])

  const { invocations, values } = await startMapping({ topic })
  await waitFor(() => values().length === 2, { what: 'both records' })

  const [record] = invocations[0]?.event.records[`${topic}-0`] ?? []
  const read = record?.headers.flatMap((header) => Object.entries(header)) ?? []
  expect(read.map(([name]) => name).sort()).toEqual(names.toSorted())
  expect(read.every(([, bytes]) => bytes.length === 1 && bytes[0] === 120)).toBe(true)
})

it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
  'reads records that Java compressed with %s',
  async (compression) => {
    // The broker compresses what it is sent.
    const topic = await cluster.topic(1, [{ name: 'compression.type', value: compression }])
    const sent = Array.from(
      { length: 300 },
      (_, index) => `${index} ${'some text that can be compressed '.repeat(20)}`,
    )
    await cluster.produce(topic, sent)
    await cluster.produce(topic, ['last'])

    const { values } = await startMapping({ topic })
    await waitFor(() => values().length === 301, { what: 'all records' })

    expect(values()).toEqual([...sent, 'last'])
  },
)

it("gives the broker's time on a topic with LogAppendTime", async () => {
  const topic = await cluster.topic(1, [{ name: 'message.timestamp.type', value: 'LogAppendTime' }])
  const before = Date.now()
  await cluster.produce(topic, [{ value: 'v', timestamp: '5' }])

  const { invocations } = await startMapping({ topic })
  await waitFor(() => invocations.length === 1, { what: 'an invocation' })

  const [record] = invocations[0]?.event.records[`${topic}-0`] ?? []
  expect(record?.timestampType).toBe('LOG_APPEND_TIME')
  expect(record?.timestamp).toBeGreaterThanOrEqual(before)
})

it('carries several partitions in one invocation', async () => {
  const topic = await cluster.topic(3)
  for (const partition of [0, 1, 2]) await cluster.produce(topic, ['v'], partition)

  const { invocations } = await startMapping({ topic, batchingWindowMs: 1_000 })
  await waitFor(() => invocations.length === 1, { what: 'an invocation' })

  expect(Object.keys(invocations[0]?.event.records ?? {}).sort()).toEqual(
    [0, 1, 2].map((p) => `${topic}-${p}`),
  )
})
