import { WorkProcess } from '../WorkProcess.ts'
import type { BatchDone, BatchProcessSettings, BatchWork } from './batchProcess.ts'

const PROGRAM = new URL('batchProcess.ts', import.meta.url)

export type BatchProcess = WorkProcess<BatchWork, BatchDone>

/** The table of outcomes. */
export interface Store {
  endpoint: string
  table: string
}

export interface BatchProcessOptions {
  contestant: BatchProcessSettings['contestant']
  brokers: string
  /** Undefined: one that answers at once takes its place. */
  store?: Store
  /** Default: the payment gateway takes no time. */
  gatewayMaxDelayMs?: number
  /** Whether it collects garbage before it tells its memory. */
  collects?: boolean
}

/** Starts a function, or KafkaJS alone, as a process of its own. */
export function startBatches(options: BatchProcessOptions): Promise<BatchProcess> {
  const { contestant, brokers, store, gatewayMaxDelayMs = 0, collects = false } = options
  return WorkProcess.start(PROGRAM, {
    settings: { contestant, store: store !== undefined } satisfies BatchProcessSettings,
    // V8's space for what is young grows by and by, up to 64 MB, whatever the function does.
    options: collects ? ['--expose-gc', '--max-semi-space-size=8'] : [],
    env: {
      KAFKA_BROKERS: brokers,
      PAYMENT_MAX_DELAY_MS: String(gatewayMaxDelayMs),
      ...(store && { DYNAMODB_ENDPOINT: store.endpoint, OUTCOMES_TABLE: store.table }),
    },
  })
}
