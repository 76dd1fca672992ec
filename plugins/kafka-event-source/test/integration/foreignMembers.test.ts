import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { type Member, waitForMembers } from '../helpers/groups.ts'
import { JavaMember, stopJavaMembers } from '../helpers/javaMember.ts'
import { silentLog } from '../helpers/log.ts'
import { gate, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(() => Promise.all([stopMappings(), stopJavaMembers()]))
afterAll(() => cluster.close())

const PARTITIONS = [0, 1, 2, 3]
const RECORDS = Array.from({ length: 25 }, (_, index) => index)

/** Unique values to each partition; returns them by partition. */
async function produce(topic: string, round: string): Promise<string[][]> {
  const sent = PARTITIONS.map((partition) => RECORDS.map((index) => `${round} ${partition} ${index}`))
  await Promise.all(sent.map((values, partition) => cluster.produce(topic, values, partition)))
  return sent
}

const committed = (groupId: string, topic: string, rounds: number) =>
  cluster.waitForCommitted(
    groupId,
    topic,
    Object.fromEntries(PARTITIONS.map((partition) => [partition, rounds * RECORDS.length])),
  )

const partitionsOf = (members: readonly Member[], client: string, topic: string) =>
  members.find(({ clientId }) => clientId === client)?.assignment[topic] ?? []

it('leads a group into which a Java consumer comes that reads another topic too, and takes all back when it leaves', async () => {
  const [topic, other] = [await cluster.topic(PARTITIONS.length), await cluster.topic(2)]
  await cluster.produce(other, ['foreign'], 1)
  const mapping = await startMapping({ topic })
  const { groupId } = mapping
  const first = await produce(topic, 'alone')
  await committed(groupId, topic, 1)

  const java = await JavaMember.start({ topics: `${topic}|${other}`, groupId, brokers: cluster.brokers })
  const members = await waitForMembers(cluster.admin, groupId, 2)
  expect(partitionsOf(members, 'java', other)).toEqual([0, 1])
  expect([partitionsOf(members, 'java', topic), partitionsOf(members, 'test', topic)].sort()).toEqual([
    [0, 1],
    [2, 3],
  ])
  const second = await produce(topic, 'shared')
  await committed(groupId, topic, 2)
  await waitFor(() => java.values().includes('foreign'), { what: 'the record of the foreign topic' })
  const expected = partitionsOf(members, 'java', topic).flatMap((partition) => second[partition] ?? [])
  expect(java.values().toSorted()).toEqual(['foreign', ...expected].sort())

  await java.stop()
  const third = await produce(topic, 'alone again')
  await committed(groupId, topic, 3)

  const all = [...first.flat(), ...second.flat(), ...third.flat(), 'foreign']
  expect([...mapping.values(), ...java.values()].sort()).toEqual(all.sort())
})

it('joins a group that a Java consumer leads, and leaves it to it', async () => {
  const topic = await cluster.topic(PARTITIONS.length)
  const groupId = `${topic}-group`
  const java = await JavaMember.start({ topics: topic, groupId, brokers: cluster.brokers })
  const first = await produce(topic, 'alone')
  await committed(groupId, topic, 1)

  const mapping = await startMapping({ topic, groupId })
  const members = await waitForMembers(cluster.admin, groupId, 2)
  const own = partitionsOf(members, 'test', topic)
  expect(own).toHaveLength(2)
  const second = await produce(topic, 'shared')
  await committed(groupId, topic, 2)
  for (const partition of own) {
    const received = mapping.values().filter((value) => value.split(' ')[1] === String(partition))
    expect(received).toEqual(second[partition])
  }

  await mapping.mapping.stop()
  const third = await produce(topic, 'alone again')
  await committed(groupId, topic, 3)

  const all = [...first.flat(), ...second.flat(), ...third.flat()]
  expect([...mapping.values(), ...java.values()].sort()).toEqual(all.sort())
})

it('says what it waits for while a slow member holds the group up, and goes on when that comes', async () => {
  const topic = await cluster.topic(3)
  const one = await startMapping({ topic })
  const held = gate()
  const slow = kafkaClient({ brokers: cluster.brokers, ssl: false }, 'slow', silentLog).consumer({
    groupId: one.groupId,
    maxWaitTimeInMs: 50,
  })
  let busy = false
  await slow.connect()
  await slow.subscribe({ topic })
  await slow.run({
    eachMessage: () => {
      busy = true
      return held.opened
    },
  })
  await waitForMembers(cluster.admin, one.groupId, 2)
  for (const partition of [0, 1, 2]) await cluster.produce(topic, ['a'], partition)
  await waitFor(() => busy, { what: 'the slow member' })

  const other = await startMapping({ topic })
  expect(other.log.lines).toEqual([
    `test: waiting to be let into group ${one.groupId}; a member that died may hold it up for a while`,
  ])
  await waitFor(() => one.log.lines.at(-1)?.includes(`waiting to be let into group ${one.groupId} again`), {
    what: 'the line of the member that was in the group before',
  })
  held.open()
  await waitForMembers(cluster.admin, one.groupId, 3)
  await slow.disconnect()
  for (const partition of [0, 1, 2]) await cluster.produce(topic, ['b'], partition)
  await cluster.waitForCommitted(one.groupId, topic, { 0: 2, 1: 2, 2: 2 })

  expect([...one.values(), ...other.values()].filter((value) => value === 'b')).toHaveLength(3)
})

it('shares a group with a program that uses KafkaJS as it comes', async () => {
  const topic = await cluster.topic(2)
  const mapping = await startMapping({ topic })
  const program = kafkaClient({ brokers: cluster.brokers, ssl: false }, 'program', silentLog).consumer({
    groupId: mapping.groupId,
    maxWaitTimeInMs: 50,
  })
  const received: string[] = []
  await program.connect()
  await program.subscribe({ topic })
  await program.run({ eachMessage: async ({ message }) => void received.push(String(message.value)) })
  await waitForMembers(cluster.admin, mapping.groupId, 2)

  for (const partition of [0, 1]) await cluster.produce(topic, ['a'], partition)
  await cluster.waitForCommitted(mapping.groupId, topic, { 0: 1, 1: 1 })
  await program.disconnect()

  expect([mapping.values(), received]).toEqual([['a'], ['a']])
})
