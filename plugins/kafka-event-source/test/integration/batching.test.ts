import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { gate, records, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(stopMappings)
afterAll(() => cluster.close())

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))

it('never sends more than the batch size, and all in order', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, numbers(25))

  const { invocations, values } = await startMapping({ topic, batchSize: 10 })
  await waitFor(() => values().length === 25, { what: 'all records' })

  expect(invocations.map(({ event }) => records(event).length)).toEqual([10, 10, 5])
  expect(values()).toEqual(numbers(25))
})

it('sends a batch as soon as it is full, whatever the window', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, numbers(10))

  const { invocations } = await startMapping({ topic, batchSize: 10, batchingWindowMs: 300_000 })

  await waitFor(() => invocations.length === 1, { what: 'the full batch' })
})

it('gathers for the whole window when the batch is not full', async () => {
  const topic = await cluster.topic()
  const { invocations, values } = await startMapping({ topic, batchingWindowMs: 1_000 })

  const sentAt = Date.now()
  await cluster.produce(topic, ['first'])
  await cluster.produce(topic, ['second'])
  await waitFor(() => invocations.length === 1, { what: 'the batch' })

  expect(values()).toEqual(['first', 'second'])
  expect((invocations[0]?.startedAt ?? 0) - sentAt).toBeGreaterThanOrEqual(900)
})

it('stays below 6 MB of JSON text', async () => {
  const topic = await cluster.topic()
  const megabyte = 'x'.repeat(900_000)
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 3; index += 1) await cluster.produce(topic, [megabyte])
  }
  const { invocations } = await startMapping({ topic, batchingWindowMs: 1_000 })
  await waitFor(() => invocations.flatMap(({ event }) => records(event)).length === 9, {
    what: 'all records',
  })

  const sizes = invocations.map(({ event }) => Buffer.byteLength(JSON.stringify(event)))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(6_291_456)
  expect(invocations.map(({ event }) => records(event).length)).toContain(5)
})

it('drains a backlog that is larger than its buffers, in order', async () => {
  const topic = await cluster.topic()
  // Several fetches of 1 MB each.
  const sent = numbers(20_000).map((number) => number.padEnd(300))
  await cluster.produce(topic, sent)

  // Slower than the fetches, so that the buffers fill.
  const { values } = await startMapping({ topic, batchSize: 200, handler: () => sleep(10) })
  await waitFor(() => values().length >= sent.length, { timeoutMs: 20_000, what: 'all records' })

  expect(values()).toEqual(sent)
})

it('drops a record that no event can carry, says so, and goes on', async () => {
  const topic = await cluster.topic(1, [{ name: 'max.message.bytes', value: '10000000' }])
  await cluster.produce(topic, ['before'])
  await cluster.produce(topic, ['x'.repeat(4_800_000)])
  await cluster.produce(topic, ['after'])

  const { values, groupId, log } = await startMapping({ topic })
  await cluster.waitForCommitted(groupId, topic, { 0: 3 })

  expect(values()).toEqual(['before', 'after'])
  expect(log.lines.at(-1)).toBe(
    `test: ${topic}-0 offset 1 given up (more than 6291456 bytes as an event) and dropped: the mapping has no on-failure destination`,
  )
})

it('runs up to 5 invocations side by side and never one partition in two', async () => {
  const topic = await cluster.topic(7)
  for (let partition = 0; partition < 7; partition += 1) await cluster.produce(topic, ['a', 'b'], partition)
  const held = gate()
  let side = 0
  let most = 0
  const inFlight = new Set<number>()
  let overlapped = false

  const { values } = await startMapping({
    topic,
    batchSize: 1,
    handler: async (event) => {
      const partition = records(event)[0]?.partition ?? -1
      overlapped ||= inFlight.has(partition)
      inFlight.add(partition)
      side += 1
      most = Math.max(most, side)
      await held.opened
      side -= 1
      inFlight.delete(partition)
    },
  })
  await waitFor(() => side === 5, { what: '5 invocations' })
  held.open()
  await waitFor(() => values().length === 14, { what: 'all records' })

  expect(most).toBe(5)
  expect(overlapped).toBe(false)
})
