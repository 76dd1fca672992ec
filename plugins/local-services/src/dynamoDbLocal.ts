import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { claimDataFolder } from './dataFolder.ts'
import { withDynamoDb } from './dynamoDbTables.ts'
import { LocalServicesError } from './errors.ts'
import { type ExitStatus, type GuardedProcess, spawnGuarded } from './guardedProcess.ts'
import { findJava } from './java.ts'
import { PROJECT_ROOT } from './kafkaVersion.ts'
import { ensureJars, type JarSet } from './mavenJars.ts'
import { accepts, LOOPBACK, whyNotFree } from './ports.ts'

export const DYNAMODB_JARS: JarSet = {
  name: 'dynamodb',
  title: 'DynamoDB Local',
  version: '2.6.1',
  pom: fileURLToPath(new URL('../dynamodb/pom.xml', import.meta.url)),
  size: 50,
  instead: 'To do without, set DYNAMODB_ENDPOINT=http://host:port to a DynamoDB Local that already runs.',
}
const SERVER = fileURLToPath(new URL('../dynamodb/server.xml', import.meta.url))
const MAIN = 'org.eclipse.jetty.xml.XmlConfiguration'
/** As for Kafka: starts fast, takes little memory. It cannot have an archive of its classes: its manifest names a folder. */
const JVM_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx256m']
/** Log4j's own would be a fifth of the start, and is not set to print more. */
const LOGGING = '-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory'
const READY_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 50
const GRACE_SECONDS = 5

export interface DynamoDbLocalOptions {
  port: number
  /** Made if it is missing; survives restarts. One process at a time. */
  dataDir: string
  /** Gets lines for a person. Default: nobody. */
  log?: (line: string) => void
  /** Ends a start that is under way, without leftovers. */
  signal?: AbortSignal
  /** Default: .local/jars in the project. */
  jarsDir?: string
}

export interface DynamoDbLocal {
  /** `http://127.0.0.1:port`, as DYNAMODB_ENDPOINT takes it. */
  endpoint: string
  /** Of the JVM. */
  pid: number
  logFile: string
  /** Resolves when it is gone, for whatever reason. Never rejects. */
  exited: Promise<ExitStatus>
  /** Resolves when process and port are gone. Twice is harmless. */
  stop(): Promise<void>
  /** SIGKILL, at once. */
  kill(): void
}

/**
 * Starts DynamoDB Local (loopback only, see server.xml) and resolves when it answers. It ends with this process, however that
 * ends.
 * @throws LocalServicesError for everything that the user can mend; the signal's reason when aborted
 */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions): Promise<DynamoDbLocal> {
  const { port, dataDir, log = () => {}, signal } = options
  await mkdir(dataDir, { recursive: true })
  const claim = await claimDataFolder(dataDir, port, log, 'DynamoDB')
  let jvm: GuardedProcess | undefined
  try {
    if (await whyNotFree(port)) throw dynamoDbPortTaken(port)
    const java = await findJava()
    const jarsDir = options.jarsDir ?? join(PROJECT_ROOT, '.local', 'jars')
    const jars = await ensureJars(DYNAMODB_JARS, { jarsDir, java, log, signal })
    log(`Starting DynamoDB Local ${DYNAMODB_JARS.version} on ${LOOPBACK}:${port}`)
    signal?.throwIfAborted()
    const logFile = join(dataDir, 'dynamodb.log')
    // The log of the run before is what one wants to read after a restart.
    await rename(logFile, `${logFile}.previous`).catch(() => {})
    const output = openSync(logFile, 'a')
    try {
      jvm = spawnGuarded(
        java.command,
        [
          ...[...JVM_FLAGS, LOGGING, `-Djava.library.path=${jars}`, `-Dport=${port}`, `-DdataDir=${dataDir}`],
          ...['-cp', join(jars, '*'), MAIN, SERVER],
        ],
        // It writes a file of its own into the folder where it runs.
        {
          output,
          graceSeconds: GRACE_SECONDS,
          cwd: dataDir,
          env: { ...process.env, DDB_LOCAL_TELEMETRY: '0' },
        },
      )
    } finally {
      closeSync(output)
    }
    await claim.recordBroker(jvm.pid)
    const endpoint = `http://${LOOPBACK}:${port}`
    await readyOrFailed(jvm, endpoint, logFile, signal)
    const exited = jvm.exited.finally(() => claim.release())
    return { endpoint, pid: jvm.pid, logFile, exited, stop: jvm.stop, kill: jvm.kill }
  } catch (error) {
    jvm?.kill()
    await jvm?.exited
    claim.release()
    throw error
  }
}

/** @throws nothing; the error to throw when something else listens on the port */
export const dynamoDbPortTaken = (port: number): LocalServicesError =>
  new LocalServicesError(
    'DYNAMODB_PORT_TAKEN',
    `Port ${port} on ${LOOPBACK} is taken by another program, so DynamoDB Local cannot have it. ` +
      `Choose another port: DYNAMODB_PORT=${port < 65_000 ? port + 100 : port - 100} npm start. If that program is a DynamoDB Local ` +
      `you want to use: DYNAMODB_ENDPOINT=http://${LOOPBACK}:${port} npm start.`,
  )

async function readyOrFailed(
  jvm: GuardedProcess,
  endpoint: string,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  let ended = false
  void jvm.exited.then(() => {
    ended = true
  })
  const port = Number(new URL(endpoint).port)
  const end = Date.now() + READY_WITHIN_MS
  let cause: unknown
  while (!ended && Date.now() < end) {
    signal?.throwIfAborted()
    try {
      // A client is not made before, since the start needs the processor.
      if (await accepts(port)) {
        await withDynamoDb(endpoint, (client) => client.listTables({}))
        // The answer may be another program's that took the port first.
        if (!ended) return
      }
    } catch (error) {
      cause = error
    }
    await pause(LOOK_EVERY_MS)
  }
  signal?.throwIfAborted()
  const output = await readFile(logFile, 'utf8').catch(() => '')
  if (/Address already in use|Failed to bind/.test(output)) throw dynamoDbPortTaken(port)
  const reason = output
    .split('\n')
    .filter((line) => /(Exception|Error)\b/.test(line))
    .at(-1)
    ?.trim()
  throw new LocalServicesError(
    'START_FAILED',
    `DynamoDB Local did not start${reason ? `: ${reason}` : ''}. Details are in ${logFile}. ` +
      'If its data is at fault, empty it with: npm run reset',
    { cause },
  )
}
