/** `CREATE_TIME`: the producer's clock. `LOG_APPEND_TIME`: the broker's. */
export type TimestampType = 'CREATE_TIME' | 'LOG_APPEND_TIME'

export type RecordHeader = readonly [name: string, value: Buffer | null]

/** One record of a topic as it waits for its invocation: raw bytes, nothing decoded. */
export type KafkaRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Epoch milliseconds. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** `null`: the message has no key. */
  readonly key: Buffer | null
  /** `null`: a tombstone. */
  readonly value: Buffer | null
  /** In the order of the message, repeats kept. */
  readonly headers: readonly RecordHeader[]
}

/** The name that the Lambda event and the answer give a partition: `orders-0`. */
export const partitionName = ({ topic, partition }: { topic: string; partition: number }): string =>
  `${topic}-${partition}`
