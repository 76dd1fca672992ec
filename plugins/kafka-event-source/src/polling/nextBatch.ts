/** What a batch is gathered from: one partition's waiting records, oldest first. */
export type WaitingRecords = {
  readonly length: number
  /** Bytes of the partition's frame in the event (`partitionBytes`). */
  readonly frameBytes: number
  /** Bytes in the event of the waiting record `index` (`recordBytes`). */
  bytesAt(index: number): number
}

export type BatchLimits = {
  /** Records. */
  readonly batchSize: number
  /** Bytes of the event's UTF-8 JSON. */
  readonly payloadBytes: number
  /** Bytes of an event without records (`envelopeBytes`). */
  readonly envelopeBytes: number
}

export type GatheredBatch<T> = {
  /** How many records to take from each partition, from its oldest on. */
  readonly parts: readonly { readonly from: T; readonly count: number }[]
  /** A limit is reached: nothing is gained by waiting for more. */
  readonly full: boolean
  /** The only record is too large for any event. */
  readonly oversized: boolean
}

/**
 * Gathers a batch over partitions, in the order given; each is emptied before the next is begun, so that with a backlog
 * several batches can run side by side while with little traffic one batch carries all partitions. Nothing is taken yet.
 * A record too large for any event comes alone, marked as oversized.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
export function nextBatch<T extends WaitingRecords>(
  partitions: readonly T[],
  { batchSize, payloadBytes, envelopeBytes }: BatchLimits,
): GatheredBatch<T> {
  const parts: { from: T; count: number }[] = []
  let records = 0
  let bytes = envelopeBytes

  for (const from of partitions) {
    if (from.length === 0) continue
    let count = 0
    let full = false
    while (count < from.length) {
      const more = from.bytesAt(count) + (count === 0 ? from.frameBytes : 0)
      full = records === batchSize || bytes + more > payloadBytes
      if (full) break
      bytes += more
      records += 1
      count += 1
    }
    if (records === 0) return { parts: [{ from, count: 1 }], full: true, oversized: true }
    if (count > 0) parts.push({ from, count })
    if (full || records === batchSize) return { parts, full: true, oversized: false }
  }
  return { parts, full: false, oversized: false }
}
