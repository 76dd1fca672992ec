import {
  type AuthenticationSettings,
  readAuthentication,
} from '../../../../shared/kafka/authentication/index.ts'
import { pluginSettings } from './pluginSettings.ts'

/** How a cluster is reached. */
export type ClusterAddress = {
  /** `host:port` each. */
  readonly brokers: readonly string[]
  readonly authentication: AuthenticationSettings
}

/**
 * Reads KAFKA_BROKERS and KAFKA_AUTH, else `custom.kafkaEventSource`: `brokers` (a list, or text with commas) and `auth`. What
 * goes with an authentication is in the environment alone.
 * @throws {Error} no brokers are named
 * @throws {SettingsError} the settings cannot be used
 * @throws {AuthenticationSettingsError} those of the authentication cannot
 */
export function clusterAddress(environment: NodeJS.ProcessEnv, custom: unknown): ClusterAddress {
  const { brokers: configured, auth, tls } = pluginSettings(custom)
  const named = splitList(environment.KAFKA_BROKERS)
  if (named.length > 0) return { brokers: named, authentication: readAuthentication(environment) }

  const brokers = splitList(Array.isArray(configured) ? configured.join(',') : configured)
  if (brokers.length > 0) {
    const method = environment.KAFKA_AUTH || auth || (tls === true ? 'tls' : 'none')
    return { brokers, authentication: readAuthentication({ ...environment, KAFKA_AUTH: method }) }
  }
  throw new Error(
    'No Kafka to read from: set KAFKA_BROKERS=host:port, or custom.kafkaEventSource.brokers in serverless.yml',
  )
}

const splitList = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
