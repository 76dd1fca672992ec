import { createRequire } from 'node:module'
import type { Broker, Cluster } from 'kafkajs'

type OffsetManager = {
  readonly cluster: Cluster & { findGroupCoordinator(group: { groupId: string }): Promise<Broker> }
  readonly groupId: string
  coordinator: Broker
  commitOffsets(offsets?: object): Promise<void>
}

const require = createRequire(import.meta.url)
const { prototype } = require('kafkajs/src/consumer/offsetManager') as { prototype: OffsetManager }

/**
 * Makes KafkaJS look for the group's coordinator after a commit that failed. By itself it asks for it with a join only. When
 * the group has moved to another broker, which still loads it, that one refuses the join; KafkaJS then goes on in the
 * membership it has, with heartbeats to the new coordinator, and commits to the old one that fail for ever.
 */
export function commitToMovedCoordinator(): void {
  const { commitOffsets } = prototype
  prototype.commitOffsets = async function (offsets) {
    try {
      await commitOffsets.call(this, offsets)
    } catch (error) {
      const { cluster, groupId } = this
      // What failed is told below; the next commit looks again.
      this.coordinator = await cluster.findGroupCoordinator({ groupId }).catch(() => this.coordinator)
      throw error
    }
  }
}
