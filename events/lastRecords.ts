import type { KafkaRecord } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import type { LocalCluster } from '../plugins/local-services/src/localCluster.ts'
import { offsetRanges } from './offsetRanges.ts'
import { openKafka, TopicReader } from './topicReader.ts'

/**
 * The newest records of a topic over all its partitions, oldest first; fewer when it has not as many.
 * @throws NoSuchTopicError that names the topics there are
 * @throws Error when the brokers do not answer, or refuse the authentication
 */
export async function lastRecords(
  cluster: LocalCluster,
  topic: string,
  count: number,
): Promise<KafkaRecord[]> {
  const kafka = await openKafka(cluster, 'event')
  const ranges = (await offsetRanges(kafka, topic)).map((range) => ({
    ...range,
    first: Math.max(range.first, range.end - count),
  }))
  const records: KafkaRecord[] = []
  const reader = new TopicReader(kafka, 'event', [topic])
  try {
    await reader.read(ranges, (record) => records.push(record))
  } finally {
    await reader.close()
  }
  const byAge = (a: KafkaRecord, b: KafkaRecord) =>
    a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset
  return records
    .sort(byAge)
    .slice(-count)
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}
