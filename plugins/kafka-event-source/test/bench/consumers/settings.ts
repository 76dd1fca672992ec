export type ConsumerSettings = {
  readonly brokers: string
  readonly topic: string
  readonly groupId: string
  readonly batchSize: number
  /** A name in handlers.ts; `none` for the raw consumer, which counts for itself. */
  readonly handler: 'quiet' | 'printing' | 'latency'
}

/** What the bench gave this process to do. */
export const consumerSettings = (): ConsumerSettings => JSON.parse(process.argv[2] ?? '{}')
