import { createRequire } from 'node:module'
import type { Cluster } from 'kafkajs'

type TopicPartition = { readonly topic: string; readonly partition: number }
type OffsetManager = {
  readonly cluster: Cluster
  readonly autoCommit: boolean
  resolveOffset(offset: TopicPartition & { offset: string }): void
  setDefaultOffset(partition: TopicPartition): Promise<void>
}

const require = createRequire(import.meta.url)
const { prototype } = require('kafkajs/src/consumer/offsetManager') as { prototype: OffsetManager }

/**
 * Makes KafkaJS commit nothing when an offset is no longer in its topic and it goes on from the beginning. By itself it
 * commits -2, its name for the beginning: Java's consumers in the group end at that, and others take it for no commit.
 */
export function commitNoDefaultOffset(): void {
  const { setDefaultOffset } = prototype
  prototype.setDefaultOffset = async function ({ topic, partition }) {
    if (this.autoCommit) return setDefaultOffset.call(this, { topic, partition })
    const partitions = [{ partition }]
    const [answer] = await this.cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: true }])
    const first = answer?.partitions[0]?.offset
    // What is resolved is done: fetching goes on behind it.
    if (first !== undefined) this.resolveOffset({ topic, partition, offset: String(BigInt(first) - 1n) })
  }
}
