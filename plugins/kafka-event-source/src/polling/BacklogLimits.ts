/** A partition's waiting records. */
type Backlog = { readonly length: number; readonly waitingBytes: number }

/** Of small records a fetch brings up to 7,000: while those that are left are handed out, the next ones can come. */
const FEWEST_RECORDS = 15_000
/** More than an event can carry. */
const PARTITION_BYTES = 8_388_608
const MAPPING_BYTES = 67_108_864
/** A partition may hold so much whatever the others hold: they may be waiting for their retries. */
const OWN_BYTES = 1_048_576

/**
 * How much of a backlog is held in memory: a partition is fetched no further when it is full, and again when it has room.
 * Always enough for a full batch out of a single partition. Bytes as in an event.
 */
export class BacklogLimits {
  readonly #records: number
  readonly #mappingBytes: () => number

  /** `mappingBytes`: what waits in all partitions of the mapping together. */
  constructor(batchSize: number, mappingBytes: () => number) {
    this.#records = Math.max(FEWEST_RECORDS, 2 * batchSize)
    this.#mappingBytes = mappingBytes
  }

  isFull({ length, waitingBytes }: Backlog): boolean {
    if (length >= this.#records || waitingBytes >= PARTITION_BYTES) return true
    return waitingBytes >= OWN_BYTES && this.#mappingBytes() >= MAPPING_BYTES
  }

  hasRoom({ length, waitingBytes }: Backlog): boolean {
    if (length >= (this.#records * 2) / 3 || waitingBytes >= PARTITION_BYTES / 2) return false
    return waitingBytes < OWN_BYTES / 2 || this.#mappingBytes() < MAPPING_BYTES / 2
  }
}
