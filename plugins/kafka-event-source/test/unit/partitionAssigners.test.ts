import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import kafkajs, { type Cluster, type PartitionAssigner } from 'kafkajs'
import { partitionAssigners, range, roundRobin, type Subscriber } from '../../src/kafka/partitionAssigners.ts'

const { AssignerProtocol, KafkaJSProtocolError } = kafkajs

const member = (memberId: string, topics: readonly string[], groupInstanceId: string | null = null) =>
  ({ memberId, groupInstanceId, topics }) satisfies Subscriber

const upTo = (count: number) => Array.from({ length: count }, (_, partition) => partition)
const topics = (counts: Record<string, number>) =>
  new Map(Object.entries(counts).map(([topic, count]) => [topic, upTo(count)]))

describe('range', () => {
  it("assigns as the example of Java's RangeAssignor", () => {
    const both = ['t0', 't1']
    expect(
      Object.fromEntries(range([member('C1', both), member('C0', both)], topics({ t0: 3, t1: 3 }))),
    ).toEqual({ C0: { t0: [0, 1], t1: [0, 1] }, C1: { t0: [2], t1: [2] } })
  })

  it('gives each topic to those only that subscribe to it, and an entry also to who gets nothing', () => {
    const members = [member('a', ['t0']), member('b', ['t0', 't1']), member('c', ['t1', 'gone'])]
    expect(Object.fromEntries(range(members, topics({ t0: 1, t1: 5, gone: 0 })))).toEqual({
      a: { t0: [0] },
      b: { t1: [0, 1, 2] },
      c: { t1: [3, 4] },
    })
    expect(range([member('a', ['t']), member('b', ['t'])], topics({ t: 1 })).get('b')).toEqual({})
  })

  it('puts static members first, by their names', () => {
    const members = [member('a', ['t']), member('z', ['t'], 'i1'), member('b', ['t'], 'i2')]
    expect(Object.fromEntries(range(members, topics({ t: 3 })))).toEqual({
      z: { t: [0] },
      b: { t: [1] },
      a: { t: [2] },
    })
    expect(range(members, topics({ t: 1 })).get('z')).toEqual({ t: [0] })
  })
})

describe('roundrobin', () => {
  it("assigns as the examples of Java's RoundRobinAssignor", () => {
    const both = ['t0', 't1']
    expect(
      Object.fromEntries(roundRobin([member('C0', both), member('C1', both)], topics({ t1: 3, t0: 3 }))),
    ).toEqual({ C0: { t0: [0, 2], t1: [1] }, C1: { t0: [1], t1: [0, 2] } })

    const members = [member('C0', ['t0']), member('C1', ['t0', 't1']), member('C2', ['t0', 't1', 't2'])]
    expect(Object.fromEntries(roundRobin(members, topics({ t0: 1, t1: 2, t2: 3 })))).toEqual({
      C0: { t0: [0] },
      C1: { t1: [0] },
      C2: { t1: [1], t2: [0, 1, 2] },
    })
  })
})

it.each([
  ['range', range],
  ['roundrobin', roundRobin],
] as const)('%s gives each partition to one subscriber, whatever the order of the members', (_, strategy) => {
  const anyTopic: fc.Arbitrary<string> = fc.constantFrom('t0', 't1', 't2')
  const members = fc.uniqueArray(
    fc.record({
      memberId: fc.string({ minLength: 1 }),
      groupInstanceId: fc.constant(null),
      topics: fc.uniqueArray(anyTopic),
    }),
    { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 6 },
  )
  fc.assert(
    fc.property(members, fc.dictionary(anyTopic, fc.nat(20)), (subscribers, counts) => {
      const assigned = strategy(subscribers, topics(counts))

      expect([...assigned.keys()].sort()).toEqual(subscribers.map(({ memberId }) => memberId).sort())
      for (const [topic, count] of Object.entries(counts)) {
        const shares = subscribers.map(({ memberId, topics: own }) => ({
          own: own.includes(topic),
          partitions: assigned.get(memberId)?.[topic] ?? [],
        }))
        const taken = shares.flatMap(({ partitions }) => partitions).sort((a, b) => a - b)
        expect(taken).toEqual(shares.some(({ own }) => own) ? upTo(count) : [])
        expect(shares.filter(({ own }) => !own).flatMap(({ partitions }) => partitions)).toEqual([])
      }
      expect(strategy(subscribers.toReversed(), topics(counts))).toEqual(assigned)
    }),
  )
})

/** As a client writes it: the version, the topics, the user data, then what later versions append. */
function metadata(version: number, names: readonly string[], appended: Buffer = Buffer.alloc(0)): Buffer {
  const int16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff])
  const int32 = (value: number) => Buffer.from([0, 0, (value >> 8) & 0xff, value & 0xff])
  const noUserData = Buffer.from([0xff, 0xff, 0xff, 0xff])
  const strings = names.flatMap((name) => [int16(Buffer.byteLength(name)), Buffer.from(name)])
  return Buffer.concat([int16(version), int32(names.length), ...strings, noUserData, appended])
}

const partition = (partitionId: number) => ({ partitionId })

/** A cluster as KafkaJS's assigners see it: it has the metadata of topic `own` only. */
const cluster = {
  findTopicPartitionMetadata: (topic: string) => (topic === 'own' ? [partition(1), partition(0)] : []),
  findControllerBroker: async () => ({
    metadata: async ([topic]: string[]) => {
      if (topic !== 'foreign') throw new KafkaJSProtocolError('unknown topic')
      return { topicMetadata: [{ topic, partitionMetadata: [partition(0)] }] }
    },
  }),
} as unknown as Cluster

const [assigner] = partitionAssigners.map((create: PartitionAssigner) =>
  create({ cluster, groupId: 'g', logger: undefined as never }),
)

it('offers the names of other clients, and what it wants to read in their form', () => {
  expect(assigner?.name).toBe('range')
  const offered = assigner?.protocol({ topics: ['own'] })
  expect(offered?.metadata).toEqual(
    Buffer.concat([metadata(0, ['own']).subarray(0, -4), Buffer.from([0, 0, 0, 0])]),
  )
})

it('understands members of every version, reads foreign topics, and passes those that are not there', async () => {
  const ownedPartitions = Buffer.from([0, 0, 0, 0])
  const generation = Buffer.from([0, 0, 0, 7])
  const noRack = Buffer.from([0xff, 0xff])
  const members = [
    { memberId: 'v0', memberMetadata: metadata(0, ['own']) },
    { memberId: 'v1', memberMetadata: metadata(1, ['own', 'foreign'], ownedPartitions) },
    {
      memberId: 'v3',
      memberMetadata: metadata(3, ['gone'], Buffer.concat([ownedPartitions, generation, noRack])),
    },
  ]

  const assigned = (await assigner?.assign({ members, topics: ['own'] })) ?? []

  const decoded = assigned.map(({ memberId, memberAssignment }) => [
    memberId,
    AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
  ])
  expect(Object.fromEntries(decoded)).toEqual({
    v0: { own: [0] },
    v1: { own: [1], foreign: [0] },
    v3: {},
  })
})
