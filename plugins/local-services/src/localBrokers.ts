import { join } from 'node:path'
import { readUsage, usageState } from './dataFolder.ts'
import { PROJECT_ROOT } from './kafkaVersion.ts'
import { LOOPBACK } from './ports.ts'
import { readKafkaSettings } from './settings.ts'

/** The local Kafka's data folder of a service. */
export const dataDirOf = (serviceDir: string): string => join(serviceDir, '.local', 'kafka')

/**
 * The brokers for a program that starts none, as KAFKA_BROKERS has them: those of the environment, else the
 * local Kafka that runs for the service, else where it would run.
 * @throws LocalServicesError BAD_SETTING
 */
export async function localBrokers(
  serviceDir: string = PROJECT_ROOT,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { brokers, port } = readKafkaSettings(env)
  if (brokers) return brokers.join(',')
  const usage = await readUsage(dataDirOf(serviceDir))
  const running = usage !== undefined && (await usageState(usage)) !== 'over'
  return `${LOOPBACK}:${running ? usage.port : port}`
}
