import type { PartitionQueue } from './PartitionQueue.ts'
import { Poller, type PollerOptions } from './Poller.ts'
import { pollerCount } from './pollerCount.ts'

/** The event pollers of one mapping: share out its partitions, as many as the backlog asks for. */
export class Pollers {
  readonly #options: PollerOptions
  readonly #pollers: Poller[] = []
  /** How many of them have partitions; the others bring to an end what they began. */
  #active = 0
  #queues: readonly PartitionQueue[] = []
  #held = true
  #stopping = false

  constructor(options: PollerOptions) {
    this.#options = {
      ...options,
      progressed: () => {
        options.progressed()
        // The partition may have become another poller's meanwhile.
        if (this.#pollers.length > 1) this.pump()
      },
    }
  }

  get count(): number {
    return this.#active
  }

  /** Nothing is handed out until `release`: the partitions may have changed hands. */
  hold(): void {
    this.#held = true
    for (const poller of this.#pollers) poller.hold()
  }

  /** Goes on, with these partitions. */
  release(queues: readonly PartitionQueue[]): void {
    this.#queues = queues
    this.#held = false
    if (this.#stopping) return
    this.#share(this.#needed)
  }

  /** To be called when records came. */
  pump(): void {
    if (this.#held || this.#stopping) return
    const needed = this.#needed
    // Fewer only when nothing is left to do: a poller more costs nothing, moving partitions about does.
    if (needed > this.#active || (needed < this.#active && this.#idle)) this.#share(needed)
    else for (const poller of this.#pollers) poller.pump()
  }

  /** Nothing waits any longer for its next step. */
  retryNow(): void {
    for (const poller of this.#pollers) poller.retryNow()
  }

  /** Hands out nothing more. Settles when what runs is over and settled. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#pollers.map((poller) => poller.stop()))
  }

  get #needed(): number {
    const { pollers, batchSize } = this.#options.settings
    return pollerCount(pollers, {
      assigned: this.#queues.length,
      backlogged: this.#queues.filter(({ length }) => length > batchSize).length,
    })
  }

  get #idle(): boolean {
    return this.#pollers.every(({ idle }) => idle) && this.#queues.every(({ length }) => length === 0)
  }

  /** Neighbours go to the same poller, as the range assignment of a group has it. */
  #share(count: number): void {
    this.#active = count
    while (this.#pollers.length < count) this.#pollers.push(new Poller(this.#options))
    const each = Math.ceil(this.#queues.length / count)
    for (const [index, poller] of this.#pollers.entries()) {
      poller.release(index < count ? this.#queues.slice(index * each, (index + 1) * each) : [])
    }
  }
}
