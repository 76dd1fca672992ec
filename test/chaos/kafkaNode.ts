import { closeSync, openSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GuardedProcess, spawnGuarded } from '../../plugins/local-services/src/guardedProcess.ts'
import { findJava } from '../../plugins/local-services/src/java.ts'
import { ensureKafkaJars } from '../../plugins/local-services/src/kafkaJars.ts'
import { formatStorageOnce, logDirOf } from '../../plugins/local-services/src/kafkaStorage.ts'
import { KAFKA_VERSION, PROJECT_ROOT } from '../../plugins/local-services/src/kafkaVersion.ts'
import {
  type Properties,
  serverProperties,
  toPropertiesText,
} from '../../plugins/local-services/src/serverProperties.ts'

/** Four of them share a small machine. */
const JVM_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx256m']
const LOGGING = ['defaultLogLevel=warn', 'showDateTime=true', 'dateTimeFormat=HH:mm:ss.SSS'].map(
  (setting) => `-Dorg.slf4j.simpleLogger.${setting}`,
)
const GRACE_SECONDS = 20

/** One process of a Kafka cluster, broker or controller, that may be killed and started again on its port and data. */
export class KafkaNode {
  readonly port: number
  readonly #folder: string
  readonly #properties: Properties
  #process: GuardedProcess | undefined

  /** @param properties beside and instead of those of the lone local broker */
  constructor(folder: string, port: number, properties: Properties) {
    this.port = port
    this.#folder = folder
    this.#properties = {
      ...serverProperties({ port, controllerPort: 0, logDir: logDirOf(folder) }),
      ...properties,
    }
  }

  /** The process runs then; whether it serves anybody is seen from outside. */
  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const java = await findJava()
    const log = (line: string) => process.stderr.write(`${line}\n`)
    const jarsDir = join(PROJECT_ROOT, '.local', 'jars')
    const jars = await ensureKafkaJars({ jarsDir, kafkaVersion: KAFKA_VERSION, java, log })
    const javaArgs = [...JVM_FLAGS, ...LOGGING, '-cp', join(jars, '*')]
    await formatStorageOnce({
      dataDir: this.#folder,
      kafkaVersion: KAFKA_VERSION,
      properties: this.#properties,
      java: [java.command, ...javaArgs],
    })
    const settingsFile = join(this.#folder, 'server.properties')
    await writeFile(settingsFile, toPropertiesText(this.#properties))
    const output = openSync(join(this.#folder, 'kafka.log'), 'a')
    try {
      this.#process = spawnGuarded(java.command, [...javaArgs, 'kafka.Kafka', settingsFile], {
        output,
        graceSeconds: GRACE_SECONDS,
      })
    } finally {
      closeSync(output)
    }
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process?.kill()
    await this.#process?.exited
  }

  /** Orderly: its partitions get other leaders first. */
  async stop(): Promise<void> {
    await this.#process?.stop()
  }
}
