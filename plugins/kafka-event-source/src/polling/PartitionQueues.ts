import type { PartitionOffset } from '../kafka/groupOffsets.ts'
import { PartitionQueue } from './PartitionQueue.ts'

/** The queues of the partitions that the group has given to this member, over its rebalances. */
export class PartitionQueues {
  readonly #topic: string
  /** Also of partitions that went to others: an invocation of such a one must end before another begins. */
  readonly #queues = new Map<number, PartitionQueue>()
  #assigned: readonly number[] = []

  constructor(topic: string) {
    this.#topic = topic
  }

  /** Partition numbers. */
  get assigned(): readonly number[] {
    return this.#assigned
  }

  /** Work that was begun before the last rebalance goes on. */
  get holdsWork(): boolean {
    return this.positions().length > 0
  }

  /** Of all partitions together, as in events. */
  get waitingBytes(): number {
    return this.#assigned.reduce((sum, partition) => sum + this.of(partition).waitingBytes, 0)
  }

  of(partition: number): PartitionQueue {
    const known = this.#queues.get(partition)
    if (known !== undefined) return known
    const queue = new PartitionQueue(this.#topic, partition)
    this.#queues.set(partition, queue)
    return queue
  }

  all(): PartitionQueue[] {
    return this.#assigned.map((partition) => this.of(partition))
  }

  /** After a rebalance: what stays goes on, what went is forgotten. Returns the partitions that went. */
  assign(partitions: readonly number[]): number[] {
    this.#assigned = partitions
    const lost: number[] = []
    for (const [partition, queue] of this.#queues) {
      if (partitions.includes(partition)) queue.refetch()
      else {
        queue.forget()
        lost.push(partition)
      }
    }
    return lost
  }

  /**
   * Forgets and returns the partitions that others have gone on with, or whose offsets were set anew, since `ours` was
   * committed: work that was kept counts only where the group's offset lies between our last commit and our position.
   */
  forgetTakenOver(
    committed: ReadonlyMap<number, number>,
    ours: (partition: number) => number | undefined,
  ): number[] {
    const takenOver = this.all().filter(({ partition, position }) => {
      const theirs = committed.get(partition)
      const known = ours(partition)
      if (theirs === undefined) return known !== undefined
      return theirs < (known ?? 0) || theirs > (position ?? theirs)
    })
    for (const queue of takenOver) queue.forget()
    return takenOver.map(({ partition }) => partition)
  }

  /** Where fetching goes on after a rebalance, of each partition of which that is known. */
  nextFetches(committed: ReadonlyMap<number, number>): PartitionOffset[] {
    return this.all().flatMap(({ partition, nextFetch }) => {
      const offset = nextFetch ?? committed.get(partition)
      return offset === undefined ? [] : [{ partition, offset }]
    })
  }

  /** What may be committed of each partition of which something is known. */
  positions(): PartitionOffset[] {
    return this.all().flatMap(({ partition, position }) =>
      position === undefined ? [] : [{ partition, offset: position }],
    )
  }
}
