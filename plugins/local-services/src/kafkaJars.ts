import { fileURLToPath } from 'node:url'
import { ensureJars, type JarSet, type JarsOptions } from './mavenJars.ts'

/** What Maven fetches for a broker of that version. */
export const jarsOf = (version: string): JarSet => ({
  name: 'kafka',
  title: 'Kafka',
  version,
  pom: fileURLToPath(new URL('../kafka/pom.xml', import.meta.url)),
  size: 40,
  instead: 'To do without, set KAFKA_BROKERS=host:port to a Kafka that already runs.',
})

/** @throws as ensureJars does */
export const ensureKafkaJars = ({
  kafkaVersion,
  ...options
}: JarsOptions & { kafkaVersion: string }): Promise<string> => ensureJars(jarsOf(kafkaVersion), options)
