import { closeSync, openSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brokerReady } from './brokerReady.ts'
import { LocalServicesError } from './errors.ts'
import { type GuardedProcess, spawnGuarded } from './guardedProcess.ts'
import { type Properties, toPropertiesText } from './serverProperties.ts'
import { describeStartFailure } from './startFailure.ts'

/** Only the compiler that starts fast, and little memory: nobody measures the local broker's throughput. */
const JVM_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx512m']
const LOGGING = ['defaultLogLevel=warn', 'showDateTime=true', 'dateTimeFormat=HH:mm:ss.SSS'].map(
  (setting) => `-Dorg.slf4j.simpleLogger.${setting}`,
)
const READY_WITHIN_MS = 60_000

/** Runs a Kafka class: the java command with its flags and class path. */
export type KafkaJava = readonly [command: string, ...args: string[]]

/** @param flags of the JVM, beside the usual ones */
export const kafkaJava = (command: string, jars: string, flags: readonly string[] = []): KafkaJava => [
  command,
  ...[...JVM_FLAGS, ...flags, ...LOGGING, '-cp', join(jars, '*')],
]

export interface KafkaProcessOptions {
  java: KafkaJava
  /** Of a formatted storage; gets the settings and the log. */
  dataDir: string
  port: number
  settings: Properties
  /** How long it may take to end in order. */
  graceSeconds: number
  /** Is waited for before it is asked whether it serves. */
  spawned?: (pid: number) => Promise<void>
  signal?: AbortSignal | undefined
}

export interface KafkaProcess extends GuardedProcess {
  logFile: string
}

/**
 * Runs one Kafka node on its formatted storage; resolves when clients can use it.
 * @throws LocalServicesError START_FAILED; the signal's reason when aborted. Nothing runs then.
 */
export async function startKafkaProcess(options: KafkaProcessOptions): Promise<KafkaProcess> {
  const { java, dataDir, port, settings, graceSeconds, spawned, signal } = options
  const [command, ...javaArgs] = java
  const settingsFile = join(dataDir, 'server.properties')
  await writeFile(settingsFile, toPropertiesText(settings))
  signal?.throwIfAborted()
  const logFile = join(dataDir, 'kafka.log')
  const jvm = await spawnWithLog(logFile, command, [...javaArgs, 'kafka.Kafka', settingsFile], graceSeconds)
  try {
    await spawned?.(jvm.pid)
    await readyOrFailed(jvm, port, logFile, signal)
    return { ...jvm, logFile }
  } catch (error) {
    jvm.kill()
    await jvm.exited
    throw error
  }
}

async function spawnWithLog(
  logFile: string,
  command: string,
  args: readonly string[],
  graceSeconds: number,
): Promise<GuardedProcess> {
  // The log of the run before is what one wants to read after a restart.
  await rename(logFile, `${logFile}.previous`).catch(() => {})
  const output = openSync(logFile, 'a')
  try {
    return spawnGuarded(command, args, { output, graceSeconds })
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
