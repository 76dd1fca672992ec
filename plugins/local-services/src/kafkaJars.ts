import { fileURLToPath } from 'node:url'
import { ensureJars, hasJars, type JarSet, type JarsOptions, mavenMissing as missing } from './mavenJars.ts'

const jarsOf = (version: string): JarSet => ({
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

/** Whether the jars are here, so that no Maven is needed. */
export const hasKafkaJars = (jarsDir: string, kafkaVersion: string): Promise<boolean> =>
  hasJars(jarsOf(kafkaVersion), jarsDir)

export const mavenMissing = (kafkaVersion: string) => missing(jarsOf(kafkaVersion))
