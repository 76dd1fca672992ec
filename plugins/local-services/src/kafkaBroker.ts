import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { claimDataFolder } from './dataFolder.ts'
import type { ExitStatus } from './guardedProcess.ts'
import { findJava } from './java.ts'
import { ensureKafkaJars } from './kafkaJars.ts'
import { prepareKafka } from './kafkaPreparation.ts'
import { kafkaJava, startKafkaProcess } from './kafkaProcess.ts'
import { formatStorageOnce, logDirOf } from './kafkaStorage.ts'
import { KAFKA_VERSION, PROJECT_ROOT } from './kafkaVersion.ts'
import { findFreePort, LOOPBACK, whyNotFree } from './ports.ts'
import { type Properties, serverProperties } from './serverProperties.ts'
import { kafkaPortTaken } from './startFailure.ts'

/** A stop takes about half a second; a disk that hangs must not keep the terminal for ever. */
const GRACE_SECONDS = 10

export interface KafkaBrokerOptions {
  /** For clients, on 127.0.0.1. */
  port: number
  /** Made if it is missing; survives restarts. One broker at a time. */
  dataDir: string
  /** Gets lines for a person: progress of a first fetch, what was mended. Default: nobody. */
  log?: (line: string) => void
  /** Settings of server.properties beside or instead of the usual ones. */
  properties?: Properties
  /** Ends a start that is under way, without leftovers. */
  signal?: AbortSignal
  /** Where Kafka's jars are kept. Default: .local/jars in the project. */
  jarsDir?: string
}

export interface KafkaBroker {
  /** `127.0.0.1:port`, as KAFKA_BROKERS takes it. */
  brokers: string
  /** Of the JVM. */
  pid: number
  /** What the broker itself prints, for error messages. */
  logFile: string
  /** Resolves when the broker is gone, for whatever reason. Never rejects. */
  exited: Promise<ExitStatus>
  /** Orderly; SIGKILL after ten seconds. Resolves when process and port are gone. Twice is harmless. */
  stop(): Promise<void>
  /** SIGKILL for everything, at once. */
  kill(): void
}

/**
 * Starts one Kafka node (KRaft, broker and controller in one, loopback only) and resolves when clients can use it:
 * metadata, groups and transactions answer. It ends with this process, however that ends.
 * @throws LocalServicesError for everything that the user can mend, see its `code`; the signal's reason when aborted
 */
export async function startKafkaBroker(options: KafkaBrokerOptions): Promise<KafkaBroker> {
  const { port, dataDir, log = () => {}, properties = {}, signal } = options
  await mkdir(dataDir, { recursive: true })
  const claim = await claimDataFolder(dataDir, port, log)
  try {
    if (await whyNotFree(port)) throw kafkaPortTaken(port)
    const java = await findJava()
    const jars = await ensureKafkaJars({
      jarsDir: options.jarsDir ?? join(PROJECT_ROOT, '.local', 'jars'),
      kafkaVersion: KAFKA_VERSION,
      java,
      log,
      signal,
    })
    const settings = {
      ...serverProperties({ port, controllerPort: await findFreePort(), logDir: logDirOf(dataDir) }),
      ...properties,
    }
    const prepared = await prepareKafka({ jars, kafkaVersion: KAFKA_VERSION, java, log, signal })
    const kafka = kafkaJava(java.command, jars, prepared.flags)
    log(`Starting Kafka ${KAFKA_VERSION} on ${LOOPBACK}:${port}`)
    await formatStorageOnce({
      ...{ dataDir, kafkaVersion: KAFKA_VERSION, properties: settings, signal },
      ...{ java: kafka, template: prepared.template },
    })
    const broker = await startKafkaProcess({
      ...{ java: kafka, dataDir, port, settings, graceSeconds: GRACE_SECONDS, signal },
      spawned: (pid) => claim.recordBroker(pid),
    })
    const { pid, logFile, stop, kill } = broker
    const exited = broker.exited.finally(() => claim.release())
    return { brokers: `${LOOPBACK}:${port}`, pid, logFile, exited, stop, kill }
  } catch (error) {
    claim.release()
    throw error
  }
}
