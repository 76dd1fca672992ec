import { LocalServicesError } from './errors.ts'

const DEFAULT_KAFKA_PORT = 9092

/** What the environment says about Kafka. */
export interface KafkaSettings {
  /** A cluster to use instead of starting one: host:port each. */
  brokers?: string[]
  /** For the broker that is started here. */
  port: number
  /** Whether the cluster in `brokers` wants TLS. */
  tls: boolean
}

/**
 * Reads KAFKA_BROKERS, KAFKA_PORT and KAFKA_AUTH; empty counts as not set.
 * @throws LocalServicesError BAD_SETTING that names the variable
 */
export function readKafkaSettings(env: NodeJS.ProcessEnv): KafkaSettings {
  return {
    ...(env.KAFKA_BROKERS ? { brokers: parseBrokers(env.KAFKA_BROKERS) } : {}),
    port: env.KAFKA_PORT ? parsePort(env.KAFKA_PORT, 'KAFKA_PORT') : DEFAULT_KAFKA_PORT,
    tls: env.KAFKA_AUTH === 'tls',
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
