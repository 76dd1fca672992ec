import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalServicesError } from './errors.ts'
import type { KafkaJava } from './kafkaProcess.ts'
import type { Properties } from './serverProperties.ts'
import { toPropertiesText } from './serverProperties.ts'

/** 16 bytes in base64url. The same everywhere: nothing local ever meets another cluster's data. */
const CLUSTER_ID = 'bG9jYWwta2Fma2EtMDAwMQ'

/** A log folder that was formatted before, by this version of Kafka. */
export interface StorageTemplate {
  logDir: string
  nodeId: number
}

export interface StorageOptions {
  dataDir: string
  kafkaVersion: string
  java: KafkaJava
  properties: Properties
  /** To be copied instead of asking Kafka's tool, when it is for the same node. */
  template?: StorageTemplate
  signal?: AbortSignal | undefined
}

/** The folder inside the data folder that Kafka itself writes to. */
export const logDirOf = (dataDir: string): string => join(dataDir, 'log')

/**
 * Prepares Kafka's storage once. The work is done beside and moved into place, so an interrupted one leaves nothing.
 * @throws LocalServicesError OTHER_KAFKA_VERSION, DATA_DAMAGED or FORMAT_FAILED
 */
export async function formatStorageOnce(options: StorageOptions): Promise<void> {
  const { dataDir, kafkaVersion, properties, template } = options
  const logDir = logDirOf(dataDir)
  if (existsSync(logDir)) return checkStorage(logDir, kafkaVersion)

  const unfinished = `${logDir}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  if (template !== undefined && template.nodeId === properties['node.id']) {
    await cp(template.logDir, unfinished, { recursive: true })
  } else {
    const settings = join(dataDir, 'format.properties')
    await writeFile(settings, toPropertiesText({ ...properties, 'log.dirs': unfinished }))
    await runFormat(options, settings)
    await rm(settings, { force: true })
  }
  await writeFile(versionFile(unfinished), kafkaVersion)
  await rename(unfinished, logDir)
}

const versionFile = (logDir: string) => join(logDir, 'kafka-version')

/**
 * Makes sure that Kafka's storage, which exists, is whole and of this version.
 * @throws LocalServicesError OTHER_KAFKA_VERSION or DATA_DAMAGED
 */
export async function checkStorage(logDir: string, kafkaVersion: string): Promise<void> {
  const version = await readFile(versionFile(logDir), 'utf8').catch(() => undefined)
  if (version === kafkaVersion && existsSync(join(logDir, 'meta.properties'))) return
  const reset = 'Empty it with: npm run reset (its topics and records are lost).'
  if (version === undefined || version === kafkaVersion) {
    throw new LocalServicesError(
      'DATA_DAMAGED',
      `The data of the local Kafka in ${logDir} is damaged. ${reset}`,
    )
  }
  throw new LocalServicesError(
    'OTHER_KAFKA_VERSION',
    `The data of the local Kafka in ${logDir} was made by Kafka ${version}, and this is Kafka ${kafkaVersion}. ${reset}`,
  )
}

async function runFormat(
  { java: [command, ...args], signal }: StorageOptions,
  settings: string,
): Promise<void> {
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER_ID, '--config', settings]
  try {
    await promisify(execFile)(command, [...args, ...format], { signal, timeout: 60_000 })
  } catch (error) {
    if (signal?.aborted) throw error
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    const reason = `${stderr}${stdout}`.trim().split('\n')[0] || (error as Error).message
    throw new LocalServicesError('FORMAT_FAILED', `Kafka could not prepare its storage: ${reason}`, {
      cause: error,
    })
  }
}
