import type { Admin } from 'kafkajs'
import type { StartingPosition } from '../settings/settings.ts'

export type PartitionOffset = { readonly partition: number; readonly offset: number }

/** The group's committed offset of each partition that has one. */
export async function committedOffsets(
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<Map<number, number>> {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const offsets = new Map<number, number>()
  for (const { partition, offset } of answer?.partitions ?? []) {
    if (Number(offset) >= 0) offsets.set(partition, Number(offset))
  }
  return offsets
}

/**
 * Where a mapping without committed offsets begins, for each partition; empty for the topic's beginning.
 * A group with a committed offset has begun before: a partition without one came later and is read from its beginning.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html
 */
export async function startingOffsets(
  admin: Admin,
  topic: string,
  committed: ReadonlyMap<number, number>,
  position: StartingPosition,
): Promise<PartitionOffset[]> {
  if (committed.size > 0 || position.at === 'TRIM_HORIZON') return []

  const offsets =
    position.at === 'AT_TIMESTAMP'
      ? await admin.fetchTopicOffsetsByTimestamp(topic, position.timestampMs)
      : await admin.fetchTopicOffsets(topic)
  return offsets.map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
}
