import { pluginSettings } from './pluginSettings.ts'

/** How a cluster is reached. */
export type ClusterAddress = {
  /** `host:port` each. */
  readonly brokers: readonly string[]
  /** TLS without client authentication; otherwise plaintext. */
  readonly tls: boolean
}

/**
 * Reads KAFKA_BROKERS and KAFKA_AUTH (`tls`), else `custom.kafkaEventSource`: `brokers` (a list, or text with commas) and `tls`.
 * @throws {Error} no brokers are named
 * @throws {SettingsError} the settings cannot be used
 */
export function clusterAddress(environment: NodeJS.ProcessEnv, custom: unknown): ClusterAddress {
  const { brokers: configured, tls } = pluginSettings(custom)
  const named = splitList(environment.KAFKA_BROKERS)
  if (named.length > 0) return { brokers: named, tls: environment.KAFKA_AUTH === 'tls' }

  const brokers = splitList(Array.isArray(configured) ? configured.join(',') : configured)
  if (brokers.length > 0) return { brokers, tls: tls === true }
  throw new Error(
    'No Kafka to read from: set KAFKA_BROKERS=host:port, or custom.kafkaEventSource.brokers in serverless.yml',
  )
}

const splitList = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
