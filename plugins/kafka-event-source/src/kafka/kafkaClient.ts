import { Kafka, type LogEntry, logLevel } from 'kafkajs'
import type { ConnectionSecurity } from '../../../../shared/kafka/authentication/index.ts'
import { kafkaJsSocket } from '../../../../shared/kafka/kafkaJsSocket.ts'
import { stopKafkaIdleTimer } from '../kafkaIdleTimer.ts'
import type { Log } from '../serverless/serverless.ts'
import { registerCompressionCodecs } from './compressionCodecs.ts'

stopKafkaIdleTimer(import.meta.url)

registerCompressionCodecs()

/** Short pauses and few attempts: what lasts longer is the supervisor's business, which says it in words. */
const RETRY = {
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  retries: 5,
  restartOnFailure: async () => false,
}

/** The brokers (`host:port` each), and what every connection to them authenticates with. */
export type Cluster = { readonly brokers: readonly string[] } & ConnectionSecurity

/** A connection of its own for one mapping; `name` shows in the broker's logs. */
export const kafkaClient = ({ brokers, ...security }: Cluster, name: string, log: Log): Kafka =>
  new Kafka({
    clientId: name,
    brokers: [...brokers],
    ...security,
    connectionTimeout: 3_000,
    socketFactory: kafkaJsSocket,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => report(entry, log),
  })

/**
 * KafkaJS reports each retried request as an error; a broker that has just started, a rebalance or a lost connection gives
 * dozens. The supervisor tells what matters of these, so only what it cannot see gets a line here.
 */
function report({ log: { message, topic, partition } }: LogEntry, log: Log): void {
  if (message.startsWith('Offset out of range')) {
    log.warning(
      `${topic}-${partition}: the offset to go on from is no longer in the topic; going on from its beginning`,
    )
  }
  log.info(`kafkajs: ${message}`)
}
