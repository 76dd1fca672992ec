import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brokerReady } from './brokerReady.ts'
import { claimDataFolder } from './dataFolder.ts'
import { LocalServicesError } from './errors.ts'
import { type ExitStatus, type GuardedProcess, spawnGuarded } from './guardedProcess.ts'
import { findJava } from './java.ts'
import { ensureKafkaJars } from './kafkaJars.ts'
import { formatStorageOnce, logDirOf } from './kafkaStorage.ts'
import { KAFKA_VERSION, PROJECT_ROOT } from './kafkaVersion.ts'
import { findFreePort, LOOPBACK, whyNotFree } from './ports.ts'
import { type Properties, serverProperties, toPropertiesText } from './serverProperties.ts'
import { describeStartFailure, kafkaPortTaken } from './startFailure.ts'

/** Only the compiler that starts fast, and little memory: nobody measures the local broker's throughput. */
const JVM_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx512m']
const LOGGING = ['defaultLogLevel=warn', 'showDateTime=true', 'dateTimeFormat=HH:mm:ss.SSS'].map(
  (setting) => `-Dorg.slf4j.simpleLogger.${setting}`,
)
const READY_WITHIN_MS = 60_000
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
  let jvm: GuardedProcess | undefined
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
    log(`Starting Kafka ${KAFKA_VERSION} on ${LOOPBACK}:${port}`)
    const settings = {
      ...serverProperties({ port, controllerPort: await findFreePort(), logDir: logDirOf(dataDir) }),
      ...properties,
    }
    const javaArgs = [...JVM_FLAGS, ...LOGGING, '-cp', join(jars, '*')]
    await formatStorageOnce({
      ...{ dataDir, kafkaVersion: KAFKA_VERSION, properties: settings, signal },
      java: [java.command, ...javaArgs],
    })
    const settingsFile = join(dataDir, 'server.properties')
    await writeFile(settingsFile, toPropertiesText(settings))
    signal?.throwIfAborted()

    const logFile = join(dataDir, 'kafka.log')
    jvm = await spawnWithLog(logFile, java.command, [...javaArgs, 'kafka.Kafka', settingsFile])
    await claim.recordBroker(jvm.pid)
    await readyOrFailed(jvm, port, logFile, signal)
    const exited = jvm.exited.finally(() => claim.release())
    return { brokers: `${LOOPBACK}:${port}`, pid: jvm.pid, logFile, exited, stop: jvm.stop, kill: jvm.kill }
  } catch (error) {
    jvm?.kill()
    await jvm?.exited
    claim.release()
    throw error
  }
}

async function spawnWithLog(
  logFile: string,
  command: string,
  args: readonly string[],
): Promise<GuardedProcess> {
  // The log of the run before is what one wants to read after a restart.
  await rename(logFile, `${logFile}.previous`).catch(() => {})
  const output = openSync(logFile, 'a')
  try {
    return spawnGuarded(command, args, { output, graceSeconds: GRACE_SECONDS })
  } finally {
    closeSync(output)
  }
}

async function readyOrFailed(
  jvm: GuardedProcess,
  port: number,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ended = new AbortController()
  const waiting = AbortSignal.any([
    ended.signal,
    AbortSignal.timeout(READY_WITHIN_MS),
    ...(signal ? [signal] : []),
  ])
  try {
    await Promise.race([
      brokerReady(port, waiting),
      jvm.exited.then(() => Promise.reject(new Error('ended'))),
    ])
  } catch (error) {
    ended.abort()
    signal?.throwIfAborted()
    const output = await readFile(logFile, 'utf8').catch(() => '')
    throw new LocalServicesError('START_FAILED', describeStartFailure({ output, port, logFile }), {
      cause: error,
    })
  }
}
