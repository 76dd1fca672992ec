import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Producer } from 'kafkajs'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { silentLog } from '../helpers/log.ts'
import { TestCluster } from '../helpers/topics.ts'
import { ConformanceService, records, textOf } from './service.ts'

const AT_ONCE = { maximumBatchingWindow: 0 }

const service = new ConformanceService()
const transactions = service.function('transactions', { event: AT_ONCE })
const open = service.function('open', { event: AT_ONCE })
const compressed = ['gzip', 'snappy', 'lz4', 'zstd'].map((compression) =>
  // The broker compresses what it is sent.
  service.function(compression, { event: AT_ONCE, topicConfig: { 'compression.type': compression } }),
)
const compacted = service.function('compacted', {
  event: AT_ONCE,
  topicConfig: {
    'cleanup.policy': 'compact',
    'segment.ms': '50',
    'min.cleanable.dirty.ratio': '0.001',
    'min.compaction.lag.ms': '0',
  },
})
const grows = service.function('grows', { event: { ...AT_ONCE, startingPosition: 'LATEST' } })
const later = service.function('later', { event: AT_ONCE, withoutTopics: true })

let transactional: Producer
beforeAll(() =>
  service.start({
    before: async () => {
      transactional = kafkaClient(
        { brokers: service.cluster.brokers, ssl: false },
        'test',
        silentLog,
      ).producer({
        transactionalId: transactions.topic,
        maxInFlightRequests: 1,
        idempotent: true,
        createPartitioner: () => () => 0,
      })
      await transactional.connect()
      await compact()
    },
  }),
)
afterAll(async () => {
  await transactional.disconnect()
  await service.stop()
})

const BROKER = { type: 4, name: '1' }
const KEPT = ['only', 'last', 'end']

/** Of five records two are gone from the topic before anybody reads it. */
async function compact(): Promise<void> {
  await service.cluster.admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...BROKER, configEntries: [{ name: 'log.cleaner.backoff.ms', value: '100' }] }],
  })
  await compacted.produce([
    { key: 'a', value: 'first' },
    { key: 'b', value: 'only' },
    { key: 'a', value: 'second' },
    { key: 'a', value: 'last' },
  ])
  await waitFor(
    async () => {
      // Whatever is appended ends the segment that is due, and only ended segments are compacted.
      await compacted.produce([{ key: 'end', value: 'end' }])
      const kept = await service.read(compacted.topic)
      return kept[0]?.offset === 1 && kept[1]?.offset === 3
    },
    { timeoutMs: 30_000, what: 'compaction' },
  )
}

it('reads only what committed transactions hold, and commits past aborted ones and markers', async () => {
  for (const [value, end] of [
    ['a', 'commit'],
    ['b', 'abort'],
    ['c', 'commit'],
  ] as const) {
    const transaction = await transactional.transaction()
    await transaction.send({ topic: transactions.topic, messages: [{ value }] })
    await transaction[end]()
  }
  // A value and a marker for each.
  await transactions.committed({ 0: 6 })

  expect(transactions.sent.flat()).toEqual(['a', 'c'])
})

it('reads nothing behind an open transaction before that ends', async () => {
  const transaction = await transactional.transaction()
  await transaction.send({ topic: open.topic, messages: [{ value: 'open' }] })
  await open.produce(['behind'])
  await grows.produce(['elsewhere'])
  await grows.reaches(() => grows.sent.flat().includes('elsewhere'), 'a record elsewhere')
  expect(open.sent).toEqual([])

  await transaction.commit()
  await open.committed({ 0: 3 })
  expect(open.sent.flat()).toEqual(['open', 'behind'])
})

it.each(compressed.map((fn) => [fn.name, fn] as const))('reads %s', async (_compression, fn) => {
  const values = Array.from({ length: 300 }, (_, index) => `${index} ${'text to be compressed '.repeat(20)}`)
  await fn.produce(values)
  await fn.produce(['last'])
  await fn.committed({ 0: 301 })

  expect(fn.sent.flat()).toEqual([...values, 'last'])
})

it('passes the gaps that compaction leaves', async () => {
  const [{ offset: end } = { offset: Number.NaN }] = (
    await service.cluster.admin.fetchTopicOffsets(compacted.topic)
  ).map(({ offset }) => ({ offset: Number(offset) }))
  await compacted.committed({ 0: end })

  const read = compacted.invocations.flatMap(({ event }) => records(event))
  expect(read.slice(0, 2).map((record) => [record.offset, textOf(record)])).toEqual([
    [1, 'only'],
    [3, 'last'],
  ])
  expect(new Set(read.map(textOf))).toEqual(new Set(KEPT))
})

/** By a producer that asks for the partitions of now: KafkaJS drops, silently, what is for one that it does not know. */
async function producedAnew(topic: string, partition: number, value: string): Promise<boolean> {
  const cluster = await TestCluster.connect()
  const written = await cluster.producer.send({ topic, messages: [{ value, partition }] })
  await cluster.close()
  return written.length > 0
}

it('reads partitions that are added while it runs, from their beginning', async () => {
  await grows.produce(['a'])
  await service.cluster.admin.createPartitions({ topicPartitions: [{ topic: grows.topic, count: 2 }] })
  await waitFor(() => producedAnew(grows.topic, 1, 'added'), { what: 'a write to the new partition' })
  await grows.committed({ 1: 1 })

  expect(grows.sent.flat()).toContain('added')
})

it('waits for a topic that is not there yet, and says so once', async () => {
  await service.cluster.createTopic(later.topic)
  await later.produce(['a'])
  await later.committed({ 0: 1 })

  expect(later.sent).toEqual([['a']])
  expect(service.lines(later).filter((line) => line.includes('there is no topic'))).toHaveLength(1)
})
