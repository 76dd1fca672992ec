import { join } from 'node:path'
import { readUsage, usageState } from './dataFolder.ts'
import { PROJECT_ROOT } from './kafkaVersion.ts'
import { LOOPBACK } from './ports.ts'
import { type KafkaSettings, readKafkaSettings } from './settings.ts'

/** The local Kafka's data folder of a service. */
export const dataDirOf = (serviceDir: string): string => join(serviceDir, '.local', 'kafka')

/** A cluster and how to authenticate there. */
export type LocalCluster = Required<Pick<KafkaSettings, 'brokers' | 'authentication'>>

/**
 * The cluster for a program that starts none: that of KAFKA_BROKERS, else the local Kafka that runs for the service, else where
 * it would run.
 * @throws LocalServicesError BAD_SETTING
 */
export async function localCluster(
  serviceDir: string = PROJECT_ROOT,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalCluster> {
  const { brokers, port, authentication } = readKafkaSettings(env)
  if (brokers) return { brokers, authentication }
  const usage = await readUsage(dataDirOf(serviceDir))
  const running = usage !== undefined && (await usageState(usage)) !== 'over'
  return { brokers: [`${LOOPBACK}:${running ? usage.port : port}`], authentication }
}
