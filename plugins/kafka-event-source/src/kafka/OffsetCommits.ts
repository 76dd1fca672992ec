import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { deferred } from '../deferred.ts'
import type { PartitionOffset } from './groupOffsets.ts'

type OffsetCommitsOptions = {
  /** The offsets that may be committed now; looked at when a commit goes out, so that each carries the newest. */
  readonly positions: () => readonly PartitionOffset[]
  readonly commit: (offsets: readonly PartitionOffset[]) => Promise<void>
  /** Milliseconds from one commit to the next at least. */
  readonly paceMs?: number
}

const RETRY_MS = 500
/** So that a backlog does not keep the broker busy with commits; what comes after a while goes out at once. */
const PACE_MS = 25

/** Commits of one mapping: one request at a time and not one right after the other, with the newest offset of each partition that moved. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions
  readonly #committed = new Map<number, number>()
  #running: Promise<boolean> | undefined
  readonly #hurried = deferred<void>()
  #again = false
  #nextAt = 0
  #retry: NodeJS.Timeout | undefined
  #failure: unknown

  constructor(options: OffsetCommitsOptions) {
    this.#options = options
  }

  /** To be called whenever an offset moved. */
  schedule(): void {
    this.#again = true
    this.#running ??= this.#run()
  }

  /** Commits what is done now, at once, as from now on every commit. `false`: it could not be committed at this time. */
  async flush(): Promise<boolean> {
    this.#hurried.resolve()
    this.schedule()
    return (await this.#running) ?? true
  }

  /** What was committed last from here. */
  get(partition: number): number | undefined {
    return this.#committed.get(partition)
  }

  /** Why the last attempt failed; undefined when it did not. */
  get failure(): unknown {
    return this.#failure
  }

  /** Others may have committed since. */
  forget(partition: number): void {
    this.#committed.delete(partition)
  }

  stop(): void {
    clearTimeout(this.#retry)
  }

  async #run(): Promise<boolean> {
    clearTimeout(this.#retry)
    let succeeded = true
    while (this.#again && succeeded) {
      // Whatever else is done until then goes out with the same request.
      await setImmediate()
      await this.#pace()
      this.#again = false
      const moved = this.#options.positions().filter(({ partition, offset }) => {
        const committed = this.#committed.get(partition)
        return committed === undefined || offset > committed
      })
      succeeded = moved.length === 0 || (await this.#commit(moved))
    }
    this.#running = undefined
    return succeeded
  }

  async #pace(): Promise<void> {
    const early = this.#nextAt - performance.now()
    if (early > 0) await Promise.race([sleep(early, undefined, { ref: false }), this.#hurried.promise])
    this.#nextAt = performance.now() + (this.#options.paceMs ?? PACE_MS)
  }

  async #commit(offsets: readonly PartitionOffset[]): Promise<boolean> {
    try {
      await this.#options.commit(offsets)
      for (const { partition, offset } of offsets) this.#committed.set(partition, offset)
      this.#failure = undefined
      return true
    } catch (error) {
      this.#failure = error
      // A rebalance or a lost broker. What is done stays done and is committed with the next attempt.
      this.#retry = setTimeout(() => this.schedule(), RETRY_MS)
      return false
    }
  }
}
