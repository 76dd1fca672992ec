import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { ClusterHealth } from '../../src/kafka/ClusterHealth.ts'
import { GroupMembership } from '../../src/kafka/GroupMembership.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { stableMembers, waitForMembers } from '../helpers/groups.ts'
import { KeptLog, silentLog } from '../helpers/log.ts'
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

it('fetches on from what it has after a rebalance, not from what it has committed', async () => {
  const topic = await cluster.topic(2)
  for (const partition of [0, 1]) await cluster.produce(topic, ['done'], partition)
  const held = gate()
  const one = await startMapping({
    topic,
    batchSize: 1,
    handler: (event) => (values(event)[0] === 'done' ? undefined : held.opened),
  })
  await cluster.waitForCommitted(one.groupId, topic, { 0: 1, 1: 1 })
  for (const partition of [0, 1]) await cluster.produce(topic, ['in flight', 'waiting'], partition)
  await waitFor(() => one.invocations.length === 4, { what: 'an invocation in flight for each partition' })

  // What is committed is no longer in the topic: whoever fetched from there would be told so.
  const partitions = [0, 1].map((partition) => ({ partition, offset: '2' }))
  await cluster.admin.deleteTopicRecords({ topic, partitions })
  const other = await startMapping({ topic })
  await waitFor(() => other.log.lines.some((line) => line.includes('reading topic')), {
    timeoutMs: 40_000,
    what: 'the other member reads',
  })
  held.open()
  await cluster.waitForCommitted(one.groupId, topic, { 0: 3, 1: 3 })

  const told = [one, other].map(({ log }) => log.lines.filter((line) => line.includes('no longer')).length)
  expect(told[0]).toBe(0)
  // Which of the two has it depends on when the partition changes hands.
  expect([...one.values(), ...other.values()].filter((value) => value === 'waiting').length).toBeGreaterThan(
    1,
  )
})

const memberships: GroupMembership[] = []
afterEach(() => Promise.all(memberships.splice(0).map((membership) => membership.leave())))

it('stays in the group for longer than its session, while all it has is paused or a part of it', async () => {
  const [idle, busy] = [await cluster.topic(1), await cluster.topic(2)]
  const log = new KeptLog()
  const address = { brokers: cluster.brokers, ssl: false as const }
  const session = 1_000
  const member = async (topic: string) => {
    const fetched: string[] = []
    let assignments = 0
    const membership = new GroupMembership({
      name: 'test',
      kafka: kafkaClient(address, 'test', silentLog),
      topic,
      groupId: `${topic}-group`,
      events: {
        assigned: () => {
          assignments += 1
        },
        fetched: (_, records) => void fetched.push(...records.map(({ value }) => String(value))),
        waitingForTopic() {},
      },
      health: new ClusterHealth(address, log),
      log,
      timing: { sessionTimeout: session, rebalanceTimeout: 500, heartbeatInterval: 200 },
    })
    memberships.push(membership)
    membership.start()
    await waitFor(() => assignments === 1, { what: 'the assignment' })
    return { membership, fetched, assignments: () => assignments }
  }
  const [one, other] = await Promise.all([member(idle), member(busy)])
  const ids = () =>
    Promise.all([idle, busy].map((topic) => stableMembers(cluster.admin, `${topic}-group`))).then((groups) =>
      groups.flat().map((found) => found?.id),
    )
  const idsBefore = await ids()
  one.membership.member?.pause([0])
  other.membership.member?.pause([0])

  const begunAt = Date.now()
  for (let index = 0; Date.now() < begunAt + 2.5 * session; index += 1) {
    await cluster.produce(busy, [`${index}`], 1)
    await waitFor(() => other.fetched.includes(`${index}`), { what: 'the record of the other partition' })
  }

  expect(await ids()).toEqual(idsBefore)
  one.membership.member?.resume([0])
  await cluster.produce(idle, ['late'])
  await waitFor(() => one.fetched.includes('late'), { what: 'the record after the pause' })
  expect([one.assignments(), other.assignments(), log.lines]).toEqual([1, 1, []])
})

const processes: ChildProcess[] = []
let producing = false
afterEach(() => {
  producing = false
  return Promise.all(processes.splice(0).map(kill))
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

it('loses nothing and keeps the order when members come, leave and are killed', async () => {
  const topic = await cluster.topic(4)
  const groupId = `${topic}-group`
  /** `<partition> <number>`, from all members, in the order of their arrival. */
  const arrived: string[] = []
  const handler = (event: Parameters<typeof values>[0]) => void arrived.push(...values(event))
  const sent = [0, 0, 0, 0]
  producing = true
  const producer = (async () => {
    while (producing) {
      for (const partition of [0, 1, 2, 3]) {
        const batch = Array.from(
          { length: 5 },
          (_, index) => `${partition} ${(sent[partition] ?? 0) + index}`,
        )
        await cluster.produce(topic, batch, partition)
        sent[partition] = (sent[partition] ?? 0) + batch.length
      }
    }
  })()
  const first = await startMapping({ topic, batchSize: 3, handler })

  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../helpers/mappingProcess.ts', import.meta.url)), topic, '3'],
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  processes.push(child)
  let printed = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (printed + text).split('\n')
    printed = lines.pop() ?? ''
    arrived.push(...lines)
  })
  await waitForMembers(cluster.admin, groupId, 2)
  const before = arrived.length
  await waitFor(() => arrived.length > before + 200, { what: 'records after the first rebalance' })

  await kill(child)
  await startMapping({ topic, batchSize: 3, handler })
  await waitForMembers(cluster.admin, groupId, 2)
  await first.mapping.stop()
  await waitForMembers(cluster.admin, groupId, 1)
  producing = false
  await producer
  await cluster.waitForCommitted(groupId, topic, { ...sent })

  for (const partition of [0, 1, 2, 3]) {
    const own = arrived.filter((value) => value.startsWith(`${partition} `))
    // What was under way in a member that died or lost the partition comes twice.
    expect([...new Set(own)]).toEqual(
      Array.from({ length: sent[partition] ?? 0 }, (_, n) => `${partition} ${n}`),
    )
  }
})
