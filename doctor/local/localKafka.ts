import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Usage, UsageState } from '../../plugins/local-services/src/dataFolder.ts'
import { findJava, type Java, LEAST_JAVA_VERSION } from '../../plugins/local-services/src/java.ts'
import { hasKafkaJars, mavenMissing } from '../../plugins/local-services/src/kafkaJars.ts'
import { checkStorage, logDirOf } from '../../plugins/local-services/src/kafkaStorage.ts'
import { KAFKA_VERSION } from '../../plugins/local-services/src/kafkaVersion.ts'
import { LOOPBACK, whyNotFree } from '../../plugins/local-services/src/ports.ts'
import { kafkaPortTaken } from '../../plugins/local-services/src/startFailure.ts'
import { broken, type Finding, ok, warning } from '../finding.ts'
import { refusal } from './refusal.ts'
import { whetherRuns } from './whetherRuns.ts'

/** Who uses the data folder. */
export interface InUse {
  usage: Usage
  state: UsageState
}

/** What the local Kafka needs: Java, its jars or Maven to fetch them, data that it can read, and its port. */
export function localKafkaFindings(
  {
    port,
    dataDir,
    jarsDir,
    used,
  }: { port: number; dataDir: string; jarsDir: string; used: InUse | undefined },
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  return Promise.all([java(env), jars(jarsDir, env), data(dataDir), kafkaPort(port, used)])
}

async function java(env: NodeJS.ProcessEnv): Promise<Finding> {
  try {
    return javaFinding(await findJava(env), env)
  } catch (error) {
    return refusal('Java', error)
  }
}

/** @param java the one that the local Kafka gets: that of JAVA_HOME, or else the one on PATH */
export function javaFinding({ command, version }: Java, env: NodeJS.ProcessEnv): Finding {
  if (command !== 'java') return ok('Java', `${version} (${command}, of JAVA_HOME)`)
  const told = `${version} (${onPath(command, env.PATH)}, of PATH)`
  if (!env.JAVA_HOME) return ok('Java', told)
  return warning(
    'Java',
    `${told}, since JAVA_HOME (${env.JAVA_HOME}) has none that runs and is ${LEAST_JAVA_VERSION} or later.`,
    'Point JAVA_HOME to the folder of a Java, the one that has bin/java in it, or unset it.',
  )
}

/** Where the program is; its name when it is not found under it, as on Windows. */
const onPath = (program: string, path = '') =>
  path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file)) ?? program

async function jars(jarsDir: string, env: NodeJS.ProcessEnv): Promise<Finding> {
  if (await hasKafkaJars(jarsDir, KAFKA_VERSION))
    return ok('Kafka', `${KAFKA_VERSION} is here; Maven is not needed`)
  const maven = await whetherRuns('mvn', ['--version'], env)
  if (!maven) return refusal('Kafka', mavenMissing(KAFKA_VERSION))
  return ok('Kafka', `${KAFKA_VERSION} comes with the first start (about 40 MB, by ${maven})`)
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

async function kafkaPort(port: number, used: InUse | undefined): Promise<Finding> {
  return kafkaPortFinding(port, await whyNotFree(port), used)
}

/** @param reason why nobody can listen on the port now: an error code; undefined when it is free */
export function kafkaPortFinding(port: number, reason: string | undefined, used: InUse | undefined): Finding {
  const subject = 'Kafka port'
  if (used?.state === 'in use' && (used.usage.port === port || reason === undefined)) {
    const { usage } = used
    return ok(subject, `the local Kafka runs on ${LOOPBACK}:${usage.port} (process ${usage.owner.pid})`)
  }
  if (reason === undefined) return ok(subject, `${port} is free`)
  if (used?.state === 'left behind' && used.usage.port === port) {
    return warning(
      subject,
      `${port} is taken by a Kafka that an earlier start left behind (process ${used.usage.broker?.pid}).`,
      'The next `npm start` stops it; nothing is lost.',
    )
  }
  if (reason === 'EADDRINUSE') return refusal(subject, kafkaPortTaken(port))
  return broken(
    subject,
    `Nobody can listen on ${port} (${reason}).`,
    'Choose another port: KAFKA_PORT=9192 npm start',
  )
}
