import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { gate, startMapping, stopMappings, values } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(stopMappings)
afterAll(() => cluster.close())

it('gives two mappings of one topic every record each', async () => {
  const topic = await cluster.topic()
  const [one, other] = await Promise.all([
    startMapping({ topic, groupId: `${topic}-one` }),
    startMapping({ topic, groupId: `${topic}-other` }),
  ])

  await cluster.produce(topic, ['a', 'b'])

  for (const { values } of [one, other]) {
    await waitFor(() => values().length === 2, { what: 'both records' })
    expect(values()).toEqual(['a', 'b'])
  }
})

it('shares the partitions with another process of its group', async () => {
  const topic = await cluster.topic(4)
  const one = await startMapping({ topic })
  const other = await startMapping({ topic })
  await waitFor(() => one.log.lines.length === 2, { what: 'a rebalance' })

  for (let partition = 0; partition < 4; partition += 1)
    await cluster.produce(topic, [`p${partition}`], partition)
  await cluster.waitForCommitted(one.groupId, topic, { 0: 1, 1: 1, 2: 1, 3: 1 })

  expect([...one.values(), ...other.values()].sort()).toEqual(['p0', 'p1', 'p2', 'p3'])
  expect([one.values().length, other.values().length]).toEqual([2, 2])
})

it('keeps an invocation over a rebalance that leaves it the partition: nothing is sent twice', async () => {
  const topic = await cluster.topic(2)
  for (const partition of [0, 1]) await cluster.produce(topic, ['a', 'b', 'c'], partition)
  const held = gate()
  const one = await startMapping({ topic, batchSize: 1, handler: () => held.opened })
  await waitFor(() => one.invocations.length === 2, { what: 'an invocation for each partition' })

  const other = await startMapping({ topic })
  await waitFor(() => other.values().length === 3, { what: "the other member's records" })
  held.open()
  await cluster.waitForCommitted(one.groupId, topic, { 0: 3, 1: 3 })

  const kept = one.invocations.filter(
    ({ event }) =>
      Object.keys(event.records)[0] !== Object.keys(other.invocations[0]?.event.records ?? {})[0],
  )
  expect(kept.map(({ event }) => values(event).join(''))).toEqual(['a', 'b', 'c'])
})

it('takes over what another member left, from its committed offsets', async () => {
  const topic = await cluster.topic(2)
  const one = await startMapping({ topic })
  const other = await startMapping({ topic })
  await waitFor(() => one.log.lines.length === 2, { what: 'a rebalance' })
  for (const partition of [0, 1]) await cluster.produce(topic, ['a'], partition)
  await cluster.waitForCommitted(one.groupId, topic, { 0: 1, 1: 1 })

  await other.mapping.stop()
  for (const partition of [0, 1]) await cluster.produce(topic, ['b'], partition)
  await cluster.waitForCommitted(one.groupId, topic, { 0: 2, 1: 2 })

  expect([...one.values(), ...other.values()].sort()).toEqual(['a', 'a', 'b', 'b'])
})
