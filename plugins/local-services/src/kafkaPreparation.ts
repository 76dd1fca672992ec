import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Java } from './java.ts'
import { type KafkaProcessOptions, kafkaJava, startKafkaProcess } from './kafkaProcess.ts'
import { formatStorageOnce, logDirOf, type StorageTemplate } from './kafkaStorage.ts'
import { removeAbandoned } from './mavenJars.ts'
import { findFreePort } from './ports.ts'
import { LONE_NODE_ID, serverProperties } from './serverProperties.ts'

/** A broker that ends writes the archive then, which takes seconds. */
const GRACE_SECONDS = 60
const ENDED_BY_SIGTERM = 143

/** What makes a start fast. */
export interface KafkaPreparation {
  /** Flags of the JVM: where the classes of a start lie, parsed and verified. */
  flags: string[]
  /** So that no JVM need run to format the storage. */
  template: StorageTemplate
}

export interface PreparationOptions {
  /** The folder of Kafka's jars, where the preparation is kept too. */
  jars: string
  kafkaVersion: string
  java: Java
  /** Gets a line for a person when there is something to wait for. */
  log: (line: string) => void
  signal?: AbortSignal | undefined
}

/**
 * Prepares Kafka for fast starts, by one start and stop; once for each build of Java, which reads no other's archive. It gets
 * its name only when it is complete, so an interrupted one is done again, and two at once do no harm.
 * @throws LocalServicesError FORMAT_FAILED; the signal's reason when aborted
 */
export async function prepareKafka(options: PreparationOptions): Promise<KafkaPreparation> {
  const { jars, java } = options
  const build = createHash('sha256').update(java.build).digest('hex').slice(0, 12)
  const folder = join(jars, `prepared-${build}`)
  if (!existsSync(folder)) await prepare(options, folder)
  const archive = archiveIn(folder)
  return {
    flags: existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [],
    template: templateIn(folder),
  }
}

const templateIn = (folder: string): StorageTemplate => ({ logDir: logDirOf(folder), nodeId: LONE_NODE_ID })
const archiveIn = (folder: string) => join(folder, 'classes.jsa')

async function prepare(options: PreparationOptions, folder: string): Promise<void> {
  const { jars, kafkaVersion, java, log, signal } = options
  const jarsDir = dirname(jars)
  await removeAbandoned(jarsDir)
  log(`Preparing Kafka ${kafkaVersion} for fast starts, this first time only`)
  const unfinished = join(jarsDir, `unfinished-${process.pid}-${randomUUID()}`)
  try {
    const training = join(unfinished, 'training')
    await mkdir(training, { recursive: true })
    const port = await findFreePort()
    const settings = serverProperties({
      ...{ port, controllerPort: await findFreePort(), logDir: logDirOf(training) },
    })
    const format = { kafkaVersion, java: kafkaJava(java.command, jars), properties: settings, signal }
    await formatStorageOnce({ ...format, dataDir: unfinished })
    await formatStorageOnce({ ...format, dataDir: training, template: templateIn(unfinished) })
    await archiveClasses(options, { dataDir: training, port, settings }, archiveIn(unfinished))
    await rm(training, { recursive: true })
    await rename(unfinished, folder)
  } catch (error) {
    // Another process may have moved its own there meanwhile.
    if (!existsSync(folder)) throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** Leaves no archive when that fails: a start without is slower and no worse, and says what is wrong if Kafka itself is. */
async function archiveClasses(
  { jars, java, signal }: PreparationOptions,
  broker: Pick<KafkaProcessOptions, 'dataDir' | 'port' | 'settings'>,
  archive: string,
): Promise<void> {
  try {
    const running = await startKafkaProcess({
      ...broker,
      java: kafkaJava(java.command, jars, [`-XX:ArchiveClassesAtExit=${archive}`]),
      graceSeconds: GRACE_SECONDS,
      signal,
    })
    signal?.addEventListener('abort', running.kill)
    await running.stop()
    signal?.removeEventListener('abort', running.kill)
    if ((await running.exited).code === ENDED_BY_SIGTERM) return
  } catch {
    // Told by the start that follows, if it fails there too.
  }
  signal?.throwIfAborted()
  await rm(archive, { force: true })
}
