import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'
import { accepts, LOOPBACK } from './ports.ts'

const PAUSE_MS = 50

/**
 * Waits until clients get what they need at once: metadata, the group coordinator and the transaction coordinator.
 * The broker takes connections earlier, and would send the first clients away with "coordinator is loading".
 * @throws when aborted, with the last failure as the cause; waits for ever otherwise
 */
export async function brokerReady(port: number, signal: AbortSignal): Promise<void> {
  stopIdleTimers()
  await succeeds(() => connects(port), signal)
  const kafka = new Kafka({
    brokers: [`${LOOPBACK}:${port}`],
    clientId: 'local-services',
    connectionTimeout: 2000,
    requestTimeout: 5000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  await succeeds(() => askCoordinators(kafka), signal)
}

async function connects(port: number): Promise<void> {
  if (!(await accepts(port))) throw new Error('The broker takes no connections')
}

async function askCoordinators(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  const producer = kafka.producer({
    transactionalId: 'local-services-ready',
    idempotent: true,
    // KafkaJS refuses an idempotent producer without retries.
    retry: { retries: 1, initialRetryTime: PAUSE_MS },
  })
  try {
    await admin.connect()
    await admin.describeCluster()
    // Asking for a group that does not exist makes the broker create and load `__consumer_offsets`.
    await admin.describeGroups(['local-services-ready'])
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.abort()
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()])
  }
}

async function succeeds(attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted) throw new Error('The broker was not ready in time', { cause: error })
    }
    await pause(PAUSE_MS)
  }
}
