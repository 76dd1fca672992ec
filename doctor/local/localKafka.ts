import { existsSync } from 'node:fs'
import { jarsOf } from '../../plugins/local-services/src/kafkaJars.ts'
import { checkStorage, logDirOf } from '../../plugins/local-services/src/kafkaStorage.ts'
import { KAFKA_VERSION } from '../../plugins/local-services/src/kafkaVersion.ts'
import { whyNotFree } from '../../plugins/local-services/src/ports.ts'
import { kafkaPortTaken } from '../../plugins/local-services/src/startFailure.ts'
import { type Finding, ok } from '../finding.ts'
import { jars } from './jars.ts'
import { refusal } from './refusal.ts'
import { type InUse, type Service, servicePortFinding } from './servicePort.ts'

export const KAFKA: Service = { name: 'Kafka', variable: 'KAFKA_PORT', taken: kafkaPortTaken }

/** What the local Kafka needs beside Java: its jars or Maven to fetch them, data that it can read, and its port. */
export function localKafkaFindings(
  {
    port,
    dataDir,
    jarsDir,
    used,
  }: { port: number; dataDir: string; jarsDir: string; used: InUse | undefined },
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  return Promise.all([
    jars(KAFKA.name, jarsOf(KAFKA_VERSION), jarsDir, env),
    data(dataDir),
    whyNotFree(port).then((reason) => servicePortFinding(KAFKA, port, reason, used)),
  ])
}

async function data(dataDir: string): Promise<Finding> {
  const logDir = logDirOf(dataDir)
  if (!existsSync(logDir)) return ok('data', 'none yet')
  try {
    await checkStorage(logDir, KAFKA_VERSION)
    return ok('data', `of Kafka ${KAFKA_VERSION}, in ${dataDir}`)
  } catch (error) {
    return refusal('data', error)
  }
}
