import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readUsage, usageState } from '../../plugins/local-services/src/dataFolder.ts'
import { assertReachable } from '../../plugins/local-services/src/foreignCluster.ts'
import { hostAddress } from '../../plugins/local-services/src/hostPorts.ts'
import { PROJECT_ROOT } from '../../plugins/local-services/src/kafkaVersion.ts'
import { dataDirOf } from '../../plugins/local-services/src/localCluster.ts'
import { dynamoDbDirOf } from '../../plugins/local-services/src/localDynamoDb.ts'
import { whyNotFree } from '../../plugins/local-services/src/ports.ts'
import {
  type DynamoDbSettings,
  type KafkaSettings,
  readDynamoDbSettings,
  readKafkaSettings,
} from '../../plugins/local-services/src/settings.ts'
import type { Finding } from '../finding.ts'
import { ok } from '../finding.ts'
import type { Options } from '../options.ts'
import { type Holder, hostPortFinding, hostPorts } from './hostPorts.ts'
import { java } from './java.ts'
import { listeningPorts } from './listeningPorts.ts'
import { dynamoDbElsewhere, localDynamoDbFindings } from './localDynamoDb.ts'
import { localKafkaFindings } from './localKafka.ts'
import { nodeFinding, nodeOfUserAgent } from './node.ts'
import { type LockFile, packagesFinding } from './packages.ts'
import { refusal } from './refusal.ts'
import type { InUse } from './servicePort.ts'
import { settingsFindings } from './settings.ts'

/** What `npm start` needs of this machine, with the environment that it would get. */
export async function examineMachine(
  env: NodeJS.ProcessEnv,
  ports: Options['ports'],
  folder: string = PROJECT_ROOT,
): Promise<Finding[]> {
  const basics = [await node(env, folder), await packages(folder), ...settingsFindings(env)]
  let settings: { kafka: KafkaSettings; dynamoDb: DynamoDbSettings }
  try {
    settings = { kafka: readKafkaSettings(env), dynamoDb: readDynamoDbSettings(env) }
  } catch {
    // The settings' own finding tells it.
    return basics
  }
  const used = { kafka: await use(dataDirOf(folder)), dynamoDb: await use(dynamoDbDirOf(folder)) }
  const start = Object.values(used).find((service) => service?.state === 'in use')
  const allElsewhere = settings.kafka.brokers !== undefined && settings.dynamoDb.endpoint !== undefined
  const holder = { running: start && (await runningStart(start.usage.owner.pid)), allElsewhere }
  const rest = await Promise.all([
    allElsewhere ? [] : java(env),
    kafka(settings.kafka, used.kafka, env, folder),
    dynamoDb(settings.dynamoDb, used.dynamoDb, env, folder),
    host(ports, holder),
  ])
  return [...basics, ...rest.flat()]
}

async function node(env: NodeJS.ProcessEnv, folder: string): Promise<Finding> {
  const manifest = await readJson<{ version: string }>(join(folder, 'node_modules', 'node', 'package.json'))
  return nodeFinding({
    running: process.versions.node,
    packaged: manifest?.version,
    ofNpm: nodeOfUserAgent(env.npm_config_user_agent),
  })
}

async function packages(folder: string): Promise<Finding> {
  const wanted = await readJson<LockFile>(join(folder, 'package-lock.json'))
  const installed = await readJson<LockFile>(join(folder, 'node_modules', '.package-lock.json'))
  return packagesFinding(wanted ?? { packages: {} }, installed)
}

async function kafka(
  { brokers, port, authentication }: KafkaSettings,
  used: InUse | undefined,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Finding[]> {
  if (!brokers) {
    const jarsDir = jarsDirOf(folder)
    return localKafkaFindings({ port, dataDir: dataDirOf(folder), jarsDir, used }, env)
  }
  const subject = 'Kafka'
  try {
    await assertReachable(brokers, authentication)
    return [ok(subject, `${brokers.join(',')} of KAFKA_BROKERS answers; no local one is needed`)]
  } catch (error) {
    return [refusal(subject, error)]
  }
}

async function dynamoDb(
  { endpoint, port }: DynamoDbSettings,
  used: InUse | undefined,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Finding[]> {
  if (endpoint) return [await dynamoDbElsewhere(endpoint)]
  return localDynamoDbFindings({ port, jarsDir: jarsDirOf(folder), used }, env)
}

const jarsDirOf = (folder: string) => join(folder, '.local', 'jars')

async function host(ports: Options['ports'], holder: Holder): Promise<Finding[]> {
  try {
    const address = hostAddress({}, ports)
    return await Promise.all(
      hostPorts(address).map(async (wanted) =>
        hostPortFinding(
          { ...wanted, reason: await whyNotFree(wanted.port, address.host) },
          address.host,
          holder,
        ),
      ),
    )
  } catch (error) {
    return [refusal('ports', error)]
  }
}

const runningStart = async (pid: number) => ({ pid, ports: await listeningPorts(pid) })

async function use(dataDir: string): Promise<InUse | undefined> {
  const usage = await readUsage(dataDir)
  return usage && { usage, state: await usageState(usage) }
}

/** Undefined when it is not there. */
async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
