import { type KafkaRecord, partitionName } from '../event/kafkaRecord.ts'
import { partitionBytes, recordBytes } from '../event/lambdaEvent.ts'
import type { WaitingRecords } from './nextBatch.ts'

/**
 * One partition's records on their way: waiting -> handed out -> done. Keeps what may be committed: everything below the
 * first record that is not done, and past gaps (compacted, aborted and control records) once nothing before them is left.
 */
export class PartitionQueue implements WaitingRecords {
  readonly topic: string
  readonly partition: number
  readonly frameBytes: number
  /** An invocation carries records of this partition. */
  invoking = false
  #waiting: KafkaRecord[] = []
  #bytes: number[] = []
  #head = 0
  /** Handed out and not done, in offset order. */
  #unfinished: readonly KafkaRecord[] = []
  /** The offset after the last one that was fetched; `undefined` before the first fetch. */
  #fetchedTo: number | undefined
  /** Fetched again after a rebalance, but handed out before: not to be handed out twice. */
  #skipBelow = 0
  #waitingBytes = 0
  #epoch = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.frameBytes = partitionBytes(this)
  }

  get name(): string {
    return partitionName(this)
  }

  get length(): number {
    return this.#waiting.length - this.#head
  }

  /** Bytes of the waiting records in an event. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Changes when what was handed out stops to count: see `forget`. */
  get epoch(): number {
    return this.#epoch
  }

  /** Some records are handed out and not done. */
  get busy(): boolean {
    return this.#unfinished.length > 0
  }

  /**
   * Records may be handed out: a partition takes part in one batch at a time. An invocation must end before another begins,
   * even when what it carries stopped to count.
   */
  get free(): boolean {
    return this.#unfinished.length === 0 && !this.invoking
  }

  /** The offset that may be committed; `undefined` while nothing is known of the partition. */
  get position(): number | undefined {
    return this.#unfinished[0]?.offset ?? this.#waiting[this.#head]?.offset ?? this.#fetchedTo
  }

  /** Where fetching is to go on; `undefined`: where the group's committed offset says. */
  get nextFetch(): number | undefined {
    return this.#fetchedTo
  }

  bytesAt(index: number): number {
    return this.#bytes[this.#head + index] ?? 0
  }

  /** Adds fetched records, in offset order. `nextOffset` is where the next fetch goes on: past records that are never delivered. */
  append(records: readonly KafkaRecord[], nextOffset: number): void {
    for (const record of records) {
      if (record.offset < this.#skipBelow) continue
      const bytes = recordBytes(record)
      this.#waiting.push(record)
      this.#bytes.push(bytes)
      this.#waitingBytes += bytes
    }
    if (nextOffset >= this.#skipBelow) {
      this.#fetchedTo = nextOffset
      this.#skipBelow = 0
    }
  }

  /** Hands out the oldest `count` waiting records. */
  take(count: number): readonly KafkaRecord[] {
    const end = this.#head + count
    const taken = this.#waiting.slice(this.#head, end)
    for (let index = this.#head; index < end; index += 1) this.#waitingBytes -= this.#bytes[index] ?? 0
    this.#head = end
    this.#dropTaken()
    this.#unfinished = taken
    return taken
  }

  /** After an invocation: these of the records handed out are left to do, in offset order. */
  settle(unfinished: readonly KafkaRecord[]): void {
    this.#unfinished = unfinished
  }

  /** After a rebalance that left the partition here: what waits is fetched again, what was handed out goes on. */
  refetch(): void {
    const handedOut = this.#waiting[this.#head]?.offset ?? this.#fetchedTo
    if (handedOut !== undefined) this.#skipBelow = handedOut
    this.#fetchedTo = handedOut
    this.#clearWaiting()
  }

  /** The partition went to another member, or others have gone on with it: nothing here counts any more. */
  forget(): void {
    this.#clearWaiting()
    this.#unfinished = []
    this.#fetchedTo = undefined
    this.#skipBelow = 0
    this.#epoch += 1
  }

  #clearWaiting(): void {
    this.#waiting = []
    this.#bytes = []
    this.#head = 0
    this.#waitingBytes = 0
  }

  /** Lets go of taken records in large steps: shifting the array for each batch would cost more than the batch. */
  #dropTaken(): void {
    if (this.#head < 1_000 && this.#head < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head)
    this.#bytes = this.#bytes.slice(this.#head)
    this.#head = 0
  }
}
