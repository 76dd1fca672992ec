import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { silentLog } from '../helpers/log.ts'
import { gate, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

/** KafkaJS's type of configuration resource. */
const BROKER = 4

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(stopMappings)
afterAll(() => cluster.close())

it('starts at the end with LATEST, for good: what comes before its first commit is not skipped at a restart', async () => {
  const topic = await cluster.topic(2)
  await cluster.produce(topic, ['old'])
  const startingPosition = { at: 'LATEST' } as const

  const first = await startMapping({ topic, startingPosition })
  expect(await cluster.committed(first.groupId, topic)).toEqual({ 0: 1, 1: 0 })
  await first.mapping.stop()
  await cluster.produce(topic, ['new'])
  const second = await startMapping({ topic, startingPosition })
  await waitFor(() => second.values().length > 0, { what: 'the new record' })

  expect([...first.values(), ...second.values()]).toEqual(['new'])
})

it('starts at a time with AT_TIMESTAMP', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, [
    { value: 'before', timestamp: '1000000' },
    { value: 'at', timestamp: '2000000' },
    { value: 'after', timestamp: '3000000' },
  ])

  const startingPosition = { at: 'AT_TIMESTAMP', timestampMs: 2_000_000 } as const
  const { values, groupId } = await startMapping({ topic, startingPosition })
  await cluster.waitForCommitted(groupId, topic, { 0: 3 })

  expect(values()).toEqual(['at', 'after'])
})

it('starts at a time for good, on partitions without records since then or at all too', async () => {
  const topic = await cluster.topic(3)
  await cluster.produce(topic, [{ value: 'before', timestamp: '1000000' }], 0)
  await cluster.produce(
    topic,
    [
      { value: 'earlier', timestamp: '1000000' },
      { value: 'at', timestamp: '2000000' },
    ],
    1,
  )
  const startingPosition = { at: 'AT_TIMESTAMP', timestampMs: 2_000_000 } as const
  const held = gate()
  const first = await startMapping({ topic, startingPosition, handler: () => held.opened })
  await cluster.waitForCommitted(first.groupId, topic, { 0: 1, 1: 1, 2: 0 })
  const stopping = first.mapping.stop()
  for (const partition of [0, 1, 2]) {
    await cluster.produce(topic, [{ value: `late ${partition}`, timestamp: '1000000' }], partition)
  }
  held.open()
  await stopping

  const second = await startMapping({ topic, startingPosition })
  await cluster.waitForCommitted(first.groupId, topic, { 0: 2, 1: 3, 2: 1 })

  const all = [...first.values(), ...second.values()]
  expect(new Set(all)).toEqual(new Set(['at', 'late 0', 'late 1', 'late 2']))
})

it('starts at the end with a time that is still to come', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['old'])
  const startingPosition = { at: 'AT_TIMESTAMP', timestampMs: Date.now() + 3_600_000 } as const

  const { values, groupId } = await startMapping({ topic, startingPosition })
  await cluster.produce(topic, ['new'])
  await cluster.waitForCommitted(groupId, topic, { 0: 2 })

  expect(values()).toEqual(['new'])
})

it.each([{ at: 'TRIM_HORIZON' }, { at: 'LATEST' }] as const)(
  'goes on from committed offsets, whatever the starting position: %j',
  async (startingPosition) => {
    const topic = await cluster.topic()
    await cluster.produce(topic, ['a', 'b', 'c'])
    const groupId = `${topic}-group`
    await cluster.commit(groupId, topic, 0, 1)

    const { values } = await startMapping({ topic, groupId, startingPosition })
    await waitFor(() => values().length === 2, { what: 'two records' })

    expect(values()).toEqual(['b', 'c'])
  },
)

it('finishes the batch in flight when it is stopped, commits it, and leaves the group for a quick restart', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a', 'b'])
  const held = gate()
  const first = await startMapping({ topic, batchSize: 1, handler: () => held.opened })
  await waitFor(() => first.invocations.length === 1, { what: 'the first invocation' })

  const idle = await startMapping({ topic: await cluster.topic() })

  let stopped = false
  const stopping = first.mapping.stop().then(() => {
    stopped = true
  })
  // Begun after it and with nothing to finish: whatever else a stop takes is over by then.
  await idle.mapping.stop()
  expect(stopped).toBe(false)
  held.open()
  await stopping
  expect(await cluster.committed(first.groupId, topic)).toEqual({ 0: 1 })

  const restartedAt = Date.now()
  const second = await startMapping({ topic })
  await waitFor(() => second.values().length === 1, { what: 'the second record' })
  expect(Date.now() - restartedAt).toBeLessThan(2_000)
  expect([first.values(), second.values()]).toEqual([['a'], ['b']])
})

it('does not commit a batch that was waiting for its retry when it is stopped', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a'])
  const { mapping, groupId, invocations } = await startMapping({
    topic,
    handler: () => {
      throw new Error('no')
    },
  })
  await waitFor(() => invocations.length === 2, { what: 'a retry' })

  await mapping.stop()

  expect((await cluster.committed(groupId, topic))[0] ?? 0).toBe(0)
})

/** A transaction for each of these values, ended as given. */
async function transactions(topic: string, ends: Record<string, 'commit' | 'abort'>): Promise<void> {
  const producer = kafkaClient({ brokers: cluster.brokers, ssl: false }, 'test', silentLog).producer({
    transactionalId: topic,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: () => () => 0,
  })
  await producer.connect()
  for (const [value, end] of Object.entries(ends)) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value }] })
    await transaction[end]()
  }
  await producer.disconnect()
}

it('passes control records and aborted transactions, and commits past them', async () => {
  const topic = await cluster.topic()
  await transactions(topic, { committed: 'commit', aborted: 'abort' })

  const { values, groupId } = await startMapping({ topic })
  // Two values, and a marker after each.
  await cluster.waitForCommitted(groupId, topic, { 0: 4 })

  expect(values()).toEqual(['committed'])
})

it('commits past a fetch that holds nothing else', async () => {
  const topic = await cluster.topic()
  await transactions(topic, { aborted: 'abort' })

  const { values, groupId } = await startMapping({ topic })
  await cluster.waitForCommitted(groupId, topic, { 0: 2 })

  expect(values()).toEqual([])
})

it('passes the gaps that compaction leaves, and goes on from an offset that is in one', async () => {
  // The broker looks every 15 s for something to compact.
  const configEntries = [{ name: 'log.cleaner.backoff.ms', value: '100' }]
  await cluster.admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: BROKER, name: '1', configEntries }],
  })
  const topic = await cluster.topic(1, [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'min.cleanable.dirty.ratio', value: '0.01' },
    { name: 'segment.ms', value: '100' },
  ])
  const start = Date.now() - 60_000
  for (let index = 0; index < 6; index += 1) {
    // Of its own segment each, by the time it carries; the newest segment is not compacted.
    await cluster.produce(topic, [
      { key: `${index % 2}`, value: `${index}`, timestamp: `${start + index * 1_000}` },
    ])
  }

  const fromBeginning = async () => {
    const { values, mapping, groupId } = await startMapping({ topic, groupId: randomUUID() })
    await cluster.waitForCommitted(groupId, topic, { 0: 6 })
    await mapping.stop()
    return values()
  }
  const left = await waitFor(
    async () => {
      const values = await fromBeginning()
      return values.includes('2') ? undefined : values
    },
    { timeoutMs: 20_000, what: 'the compaction' },
  )
  expect(left.slice(-2)).toEqual(['4', '5'])

  await cluster.commit(`${topic}-group`, topic, 0, 2)
  const { values, groupId } = await startMapping({ topic })
  await cluster.waitForCommitted(groupId, topic, { 0: 6 })
  expect(values()).toEqual(left.filter((value) => Number(value) >= 2))
})

it('reads partitions that are added while it runs, from their beginning', async () => {
  const topic = await cluster.topic(1)
  const { values } = await startMapping({ topic, startingPosition: { at: 'LATEST' } })

  await cluster.admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
  await waitFor(() => cluster.produce(topic, ['added'], 1).then(() => true), {
    what: 'a write to the new partition',
  })

  await waitFor(() => values().includes('added'), {
    timeoutMs: 20_000,
    what: 'the record of the new partition',
  })
})

it('waits for a topic that is not there yet and says so once', async () => {
  const topic = `t-later-${Date.now()}`
  const { values, log } = await startMapping({ topic })
  expect(log.lines).toEqual([`test: there is no topic ${topic} yet; waiting for it`])

  await cluster.createTopic(topic)
  await cluster.produce(topic, ['a'])

  await waitFor(() => values().length === 1, { what: 'the record' })
  expect(log.lines.filter((line) => line.includes('no topic'))).toHaveLength(1)
})

it('goes on from the beginning of a topic that was deleted and made anew', async () => {
  const topic = await cluster.topic()
  const { values, groupId, mapping } = await startMapping({ topic })
  await cluster.produce(topic, ['a', 'b'])
  await cluster.waitForCommitted(groupId, topic, { 0: 2 })

  await cluster.admin.deleteTopics({ topics: [topic] })
  await waitFor(() => cluster.createTopic(topic).then(() => true), { what: 'the topic anew' })
  await cluster.produce(topic, ['new'])
  await cluster.waitForCommitted(groupId, topic, { 0: 1 })
  await mapping.stop()

  expect(values()).toEqual(['a', 'b', 'new'])
})

it('goes on from the first record that is left when those to go on from are deleted, and commits only what it has done', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a', 'b', 'c'])
  const groupId = `${topic}-group`
  await cluster.commit(groupId, topic, 0, 1)
  // KafkaJS deletes only in topics of which it has the metadata.
  await cluster.admin.fetchTopicOffsets(topic)
  await cluster.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })

  const held = gate()
  const { values, log } = await startMapping({ topic, groupId, handler: () => held.opened })
  await waitFor(() => values().length === 1, { what: 'the record that is left' })
  const meanwhile = await cluster.committed(groupId, topic)
  held.open()
  await cluster.waitForCommitted(groupId, topic, { 0: 3 })

  expect(meanwhile).toEqual({ 0: 1 })
  expect(values()).toEqual(['c'])
  expect(log.lines.filter((line) => line.includes('no longer in the topic'))).toHaveLength(1)
})
