import type { DeclaredTopic } from './topicsFromResources.ts'

/** A topic as the cluster has it. */
export interface PresentTopic {
  name: string
  partitions: number
}

/** `here`: the broker that runs with us, which is to be as declared. `elsewhere`: a cluster that others use too. */
export type Place = 'here' | 'elsewhere'

export interface TopicPlan {
  create: DeclaredTopic[]
  /** To get more partitions. */
  raise: DeclaredTopic[]
  /** To get their declared configs. */
  configure: DeclaredTopic[]
  /** Lines for a person. */
  warnings: string[]
}

/** What is to be done so that the cluster has the declared topics. */
export function planTopics(
  declared: readonly DeclaredTopic[],
  present: readonly PresentTopic[],
  place: Place,
): TopicPlan {
  const partitionsOf = new Map(present.map(({ name, partitions }) => [name, partitions]))
  const existing = declared.filter(({ name }) => partitionsOf.has(name))
  const count = ({ name }: DeclaredTopic) => partitionsOf.get(name) ?? 0
  const raise = place === 'here' ? existing.filter((topic) => topic.partitions > count(topic)) : []
  const differing = existing.filter((topic) => topic.partitions !== count(topic) && !raise.includes(topic))
  return {
    create: declared.filter(({ name }) => !partitionsOf.has(name)),
    raise,
    configure: place === 'here' ? existing : [],
    warnings: differing.map((topic) => {
      const fact = `The topic ${topic.name} has ${count(topic)} partitions, and ${topic.partitions} are declared`
      return place === 'here'
        ? `${fact}: Kafka cannot take partitions away. To begin again with empty topics: npm run reset`
        : `${fact}: it is left as it is, since this cluster is not ours.`
    }),
  }
}

/** Settings of tiered storage, which a lone local broker does not have. */
const NOT_LOCAL = /^(remote\.|local\.retention\.)/

/** How a declared topic is created where so many brokers are. */
export function fitToBrokers(
  topic: DeclaredTopic,
  brokers: number,
): DeclaredTopic & { replicationFactor: number } {
  const replicationFactor = Math.min(topic.replicationFactor ?? -1, brokers)
  const { 'min.insync.replicas': minimum, ...configs } = topic.configs
  // More in-sync replicas than there are would refuse every record.
  const fitting = replicationFactor < 0 ? Number(minimum) : Math.min(Number(minimum), replicationFactor)
  return {
    ...topic,
    replicationFactor,
    configs: minimum === undefined ? configs : { ...configs, 'min.insync.replicas': String(fitting) },
  }
}

/** As {@link fitToBrokers}, for our own single broker. */
export function fitToLocalBroker(topic: DeclaredTopic): DeclaredTopic & { replicationFactor: number } {
  const configs = Object.entries(topic.configs).filter(([name]) => !NOT_LOCAL.test(name))
  return fitToBrokers({ ...topic, replicationFactor: 1, configs: Object.fromEntries(configs) }, 1)
}
