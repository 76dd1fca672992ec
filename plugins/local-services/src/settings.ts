import {
  type AuthenticationSettings,
  AuthenticationSettingsError,
  readAuthentication,
} from '../../../shared/kafka/authentication/index.ts'
import { LocalServicesError } from './errors.ts'

const DEFAULT_KAFKA_PORT = 9092
const DEFAULT_DYNAMODB_PORT = 8000

/** What the environment says about Kafka. */
export interface KafkaSettings {
  /** A cluster to use instead of starting one: host:port each. */
  brokers?: string[]
  /** For the broker that is started here. */
  port: number
  /** How to authenticate to the cluster in `brokers`; the broker that is started here asks for nothing. */
  authentication: AuthenticationSettings
}

/**
 * Reads KAFKA_BROKERS with KAFKA_AUTH and its parts, or KAFKA_PORT; empty counts as not set.
 * @throws LocalServicesError BAD_SETTING that names the variable
 */
export function readKafkaSettings(env: NodeJS.ProcessEnv): KafkaSettings {
  return {
    ...(env.KAFKA_BROKERS ? { brokers: parseBrokers(env.KAFKA_BROKERS) } : {}),
    port: env.KAFKA_PORT ? parsePort(env.KAFKA_PORT, 'KAFKA_PORT') : DEFAULT_KAFKA_PORT,
    authentication: env.KAFKA_BROKERS ? authenticationOf(env) : { method: 'none' },
  }
}

/** What the environment says about DynamoDB. */
export interface DynamoDbSettings {
  /** One to use instead of starting it, as a URL. */
  endpoint?: string
  /** For the one that is started here. */
  port: number
}

/**
 * Reads DYNAMODB_ENDPOINT, or DYNAMODB_PORT; empty counts as not set.
 * @throws LocalServicesError BAD_SETTING that names the variable
 */
export function readDynamoDbSettings(env: NodeJS.ProcessEnv): DynamoDbSettings {
  const { DYNAMODB_ENDPOINT: endpoint, DYNAMODB_PORT: port } = env
  if (endpoint && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol))) {
    throw badSetting('DYNAMODB_ENDPOINT', endpoint, 'a URL, such as http://127.0.0.1:8000')
  }
  return {
    ...(endpoint ? { endpoint } : {}),
    port: port ? parsePort(port, 'DYNAMODB_PORT') : DEFAULT_DYNAMODB_PORT,
  }
}

function authenticationOf(env: NodeJS.ProcessEnv): AuthenticationSettings {
  try {
    return readAuthentication(env)
  } catch (cause) {
    if (!(cause instanceof AuthenticationSettingsError)) throw cause
    throw new LocalServicesError('BAD_SETTING', `For the Kafka of KAFKA_BROKERS: ${cause.message}`, { cause })
  }
}

function parseBrokers(text: string): string[] {
  const brokers = text.split(',').map((broker) => broker.trim())
  for (const broker of brokers) {
    const port = /^(?:[^\s:]+|\[[\da-fA-F:]+\]):(\d{1,5})$/.exec(broker)?.[1]
    if (port === undefined || !isPort(Number(port))) {
      throw badSetting('KAFKA_BROKERS', text, 'host:port[,host:port], such as 127.0.0.1:9092')
    }
  }
  return brokers
}

/** @throws LocalServicesError BAD_SETTING */
export function parsePort(value: unknown, name: string): number {
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof port !== 'number' || !isPort(port)) throw badSetting(name, String(value), 'a port, 1 to 65535')
  return port
}

const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535

const badSetting = (name: string, value: string, wanted: string) =>
  new LocalServicesError('BAD_SETTING', `${name} is ${JSON.stringify(value)}, but must be ${wanted}.`)
