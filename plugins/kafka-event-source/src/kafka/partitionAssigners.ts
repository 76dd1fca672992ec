import kafkajs, { type Assignment, type Cluster, type GroupMember, type PartitionAssigner } from 'kafkajs'

const { AssignerProtocol, KafkaJSProtocolError } = kafkajs

/** What the leader of a group knows of a member. */
export type Subscriber = {
  readonly memberId: string
  /** Of a static member, else null. */
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
}

/** The partition numbers of each topic, ascending. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>

type Strategy = (
  subscribers: readonly Subscriber[],
  topics: TopicPartitions,
) => ReadonlyMap<string, Assignment>

/**
 * Kafka's `range`: of each topic an equal run of partitions for each subscriber, the first ones get one more where it
 * does not come out even. As Java's RangeAssignor where no member names a rack. Each member is a key of the answer.
 * @see https://kafka.apache.org/40/javadoc/org/apache/kafka/clients/consumer/RangeAssignor.html
 */
export const range: Strategy = (subscribers, topics) => {
  const assignments = emptyAssignments(subscribers)
  for (const [topic, partitions] of topics) {
    const takers = inOrder(subscribers).filter((subscriber) => subscriber.topics.includes(topic))
    const share = Math.floor(partitions.length / takers.length)
    const oneMore = partitions.length % takers.length
    for (const [index, { memberId }] of takers.entries()) {
      const start = index * share + Math.min(index, oneMore)
      give(assignments, memberId, topic, partitions.slice(start, start + share + (index < oneMore ? 1 : 0)))
    }
  }
  return assignments
}

/**
 * Kafka's `roundrobin`: partition after partition, topics by name, to the next member that subscribes to the topic. As
 * Java's RoundRobinAssignor. Each member is a key of the answer.
 * @see https://kafka.apache.org/40/javadoc/org/apache/kafka/clients/consumer/RoundRobinAssignor.html
 */
export const roundRobin: Strategy = (subscribers, topics) => {
  const assignments = emptyAssignments(subscribers)
  const circle = inOrder(subscribers)
  let turn = 0
  for (const topic of [...topics.keys()].sort()) {
    if (!circle.some((subscriber) => subscriber.topics.includes(topic))) continue
    for (const partition of topics.get(topic) ?? []) {
      while (!circle[turn % circle.length]?.topics.includes(topic)) turn += 1
      const { memberId } = circle[turn % circle.length] as Subscriber
      give(assignments, memberId, topic, [partition])
      turn += 1
    }
  }
  return assignments
}

/**
 * By the names that clients of all languages offer, the first that all members know is taken; the last is the only one
 * that KafkaJS offers by itself, for a group that is shared with a program of one's own.
 */
export const partitionAssigners: readonly PartitionAssigner[] = [
  assigner('range', range),
  assigner('roundrobin', roundRobin),
  assigner('RoundRobinAssigner', roundRobin),
]

/** Version 0 of the metadata carries all that these strategies need, and every version is read by its leading fields. */
const VERSION = 0
const NO_USER_DATA = Buffer.alloc(0)

function assigner(name: string, strategy: Strategy): PartitionAssigner {
  return ({ cluster }) => ({
    name,
    version: VERSION,
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: NO_USER_DATA }),
    }),
    async assign({ members }) {
      const subscribers = members.map(subscriber)
      const topics = await partitionsOf(cluster, new Set(subscribers.flatMap((member) => member.topics)))
      // Also to members that get nothing: Java's consumer fails on an answer without an assignment.
      return [...strategy(subscribers, topics)].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: NO_USER_DATA,
        }),
      }))
    },
  })
}

/** KafkaJS has it where the broker tells it, its types do not. */
type JoinedMember = GroupMember & { readonly groupInstanceId?: string | null }

function subscriber({ memberId, groupInstanceId = null, memberMetadata }: JoinedMember): Subscriber {
  // Written by other clients as versions 0 to 3, each of which only appends fields to the one before.
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata)
  return { memberId, groupInstanceId, topics: metadata?.topics ?? [] }
}

async function partitionsOf(cluster: Cluster, topics: ReadonlySet<string>): Promise<TopicPartitions> {
  const entries = [...topics].map(async (topic): Promise<[string, number[]]> => {
    const known = cluster.findTopicPartitionMetadata(topic)
    const metadata = known.length > 0 ? known : await foreignTopic(cluster, topic)
    return [topic, metadata.map(({ partitionId }) => partitionId).sort((a, b) => a - b)]
  })
  return new Map(await Promise.all(entries))
}

/**
 * A topic that only other members subscribe to. It is asked for apart from the metadata that KafkaJS keeps: there, one
 * topic that went away ends the consumer. No partitions when there is no such topic, or none that may be seen.
 */
async function foreignTopic(cluster: Cluster, topic: string) {
  try {
    const { topicMetadata } = await (await cluster.findControllerBroker()).metadata([topic])
    return topicMetadata[0]?.partitionMetadata ?? []
  } catch (error) {
    if (error instanceof KafkaJSProtocolError) return []
    throw error
  }
}

function give(
  assignments: ReadonlyMap<string, Assignment>,
  memberId: string,
  topic: string,
  partitions: readonly number[],
): void {
  const assignment = assignments.get(memberId)
  if (assignment === undefined || partitions.length === 0) return
  assignment[topic] = [...(assignment[topic] ?? []), ...partitions]
}

const emptyAssignments = (subscribers: readonly Subscriber[]): Map<string, Assignment> =>
  new Map(subscribers.map(({ memberId }) => [memberId, {}]))

/** Static members by their names first, then the others by the ids that the broker gave them. */
const inOrder = (subscribers: readonly Subscriber[]): Subscriber[] =>
  subscribers.toSorted(
    (a, b) =>
      Number(a.groupInstanceId === null) - Number(b.groupInstanceId === null) ||
      compare(a.groupInstanceId ?? a.memberId, b.groupInstanceId ?? b.memberId),
  )

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
