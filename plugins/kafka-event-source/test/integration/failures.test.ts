import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { records, reporting, startMapping, stopMappings, values } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(stopMappings)
afterAll(() => cluster.close())

it('retries the whole batch after an error, with growing pauses, and keeps its order', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a', 'b', 'c', 'd'])
  let attempts = 0

  const { invocations, groupId, log } = await startMapping({
    topic,
    batchSize: 2,
    handler: () => {
      attempts += 1
      if (attempts <= 3) throw new Error('not yet')
    },
  })
  await cluster.waitForCommitted(groupId, topic, { 0: 4 })

  expect(invocations.map(({ event }) => values(event).join(''))).toEqual(['ab', 'ab', 'ab', 'ab', 'cd'])
  const pauses = invocations.slice(1, 4).map(({ startedAt }, i) => startedAt - (invocations[i]?.endedAt ?? 0))
  for (const [index, least] of [99, 199, 399].entries()) expect(pauses[index]).toBeGreaterThanOrEqual(least)
  expect(log.lines).toContain(`test: ${topic}-0 offsets 0-1 failed: Error: not yet; retry 2 in 200 ms`)
})

it('lets the other partitions go on while one is retried', async () => {
  const topic = await cluster.topic(3)
  for (const partition of [0, 1, 2]) await cluster.produce(topic, [`p${partition}`], partition)
  let mended = false

  const { groupId, values: seen } = await startMapping({
    topic,
    batchSize: 1,
    handler: (event) => {
      if (values(event).includes('p1') && !mended) throw new Error('p1 fails')
    },
  })
  await cluster.waitForCommitted(groupId, topic, { 0: 1, 1: 0, 2: 1 })
  await cluster.produce(topic, ['later'], 2)
  await waitFor(() => seen().includes('later'), { what: 'a later record of another partition' })
  mended = true

  await cluster.waitForCommitted(groupId, topic, { 0: 1, 1: 1, 2: 2 })
})

it('retries only what the function reports, and commits only below it', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a', 'b', 'c', 'd'])
  let mended = false

  const { groupId, invocations } = await startMapping({
    topic,
    handler: (event) => (mended ? null : reporting(event, ['b', 'd'])),
  })
  await cluster.waitForCommitted(groupId, topic, { 0: 1 })
  await cluster.produce(topic, ['later'])
  mended = true
  await cluster.waitForCommitted(groupId, topic, { 0: 5 })

  const sent = invocations.map(({ event }) => values(event).join(' '))
  expect(sent[0]).toBe('a b c d')
  expect(new Set(sent.slice(1, -1))).toEqual(new Set(['b d']))
  expect(sent.at(-1)).toBe('later')
})

it('frees the partitions of a batch that are done while another of it is retried', async () => {
  const topic = await cluster.topic(2)
  for (const partition of [0, 1]) await cluster.produce(topic, [`p${partition}`], partition)

  const { groupId, values: seen } = await startMapping({
    topic,
    batchingWindowMs: 500,
    handler: (event) => reporting(event, ['p0']),
  })
  await cluster.waitForCommitted(groupId, topic, { 0: 0, 1: 1 })
  await cluster.produce(topic, ['next'], 1)

  await waitFor(() => seen().includes('next'), { what: 'the next record of the other partition' })
  await cluster.waitForCommitted(groupId, topic, { 0: 0, 1: 2 })
})

describe('retries the whole batch when the answer', () => {
  it.each([
    ['is text', () => 'done'],
    [
      'reports what was not sent',
      () => ({ batchItemFailures: [{ itemIdentifier: { partition: 'x-0', offset: 0 } }] }),
    ],
    ['has text identifiers', () => ({ batchItemFailures: [{ itemIdentifier: 'a-0' }] })],
  ])('%s', async (_name, wrong) => {
    const topic = await cluster.topic()
    await cluster.produce(topic, ['a', 'b'])
    let attempts = 0

    const { groupId, invocations } = await startMapping({
      topic,
      batchingWindowMs: 200,
      handler: () => {
        attempts += 1
        return attempts === 1 ? wrong() : {}
      },
    })
    await cluster.waitForCommitted(groupId, topic, { 0: 2 })

    expect(invocations.map(({ event }) => values(event).join(''))).toEqual(['ab', 'ab'])
  })
})

it('does not look at the answer without ReportBatchItemFailures', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a'])

  const { groupId, invocations } = await startMapping({
    topic,
    reportsFailures: false,
    handler: (event) => reporting(event, ['a']),
  })
  await cluster.waitForCommitted(groupId, topic, { 0: 1 })

  expect(invocations).toHaveLength(1)
})

it('keeps the order within each partition, loses nothing and repeats only what failed, however often it fails', async () => {
  const topic = await cluster.topic(3)
  const count = 60
  for (const partition of [0, 1, 2]) {
    await cluster.produce(
      topic,
      Array.from({ length: count }, (_, index) => `${partition}:${index}`),
      partition,
    )
  }
  const done: Record<number, string[]> = { 0: [], 1: [], 2: [] }
  const failedBefore = new Set<string>()

  const { groupId } = await startMapping({
    topic,
    batchSize: 7,
    handler: (event) => {
      const failing = new Map<number, string>()
      for (const { partition, value } of records(event)) {
        const text = Buffer.from(value ?? '', 'base64').toString()
        const index = Number(text.split(':')[1])
        if (index % 13 === 5 && !failedBefore.has(text)) {
          failedBefore.add(text)
          failing.set(partition, text)
        }
        // As a handler does that keeps the order: what comes after a failure is reported too.
        if (!failing.has(partition)) done[partition]?.push(text)
      }
      const failed = records(event).filter(({ partition, value }) => {
        const first = Number(failing.get(partition)?.split(':')[1] ?? Number.POSITIVE_INFINITY)
        return (
          Number(
            Buffer.from(value ?? '', 'base64')
              .toString()
              .split(':')[1],
          ) >= first
        )
      })
      return {
        batchItemFailures: failed.map(({ partition, offset }) => ({
          itemIdentifier: { partition: `${topic}-${partition}`, offset },
        })),
      }
    },
  })
  await cluster.waitForCommitted(groupId, topic, { 0: count, 1: count, 2: count })

  for (const partition of [0, 1, 2]) {
    expect(done[partition]).toEqual(Array.from({ length: count }, (_, index) => `${partition}:${index}`))
  }
})
