import type { TopicInfo } from '@aws-sdk/client-kafka'
import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda'
import { broken, type Finding, ok, warning } from '../finding.ts'

const KAFKA_DESTINATION = 'kafka://'

/** The topics that the mappings read and write, and those that the stack made. */
export function topicsInUse(
  mappings: readonly EventSourceMappingConfiguration[],
  ofStack: readonly string[],
): string[] {
  const ofMappings = mappings.flatMap(({ Topics = [], DestinationConfig }) => {
    const destination = DestinationConfig?.OnFailure?.Destination
    return destination?.startsWith(KAFKA_DESTINATION)
      ? [...Topics, destination.slice(KAFKA_DESTINATION.length)]
      : Topics
  })
  return [...new Set([...ofMappings, ...ofStack])]
}

/** One finding for each topic in use, by what the cluster has. */
export function topicFindings(inUse: readonly string[], present: readonly TopicInfo[]): Finding[] {
  return inUse.map((name) => {
    const subject = `topic ${name}`
    const topic = present.find(({ TopicName }) => TopicName === name)
    if (!topic) {
      return broken(
        subject,
        'It is not on the cluster.',
        'Deploy with --param topics=create, or make it with the tools of whoever owns the topics.',
      )
    }
    const told = `${topic.PartitionCount} partitions, ${topic.ReplicationFactor} replicas`
    if (!topic.OutOfSyncReplicaCount) return ok(subject, told)
    return warning(
      subject,
      `${told}, ${topic.OutOfSyncReplicaCount} of them out of sync`,
      'A broker is away or behind. If it stays so, look at the brokers in the console of MSK.',
    )
  })
}
