import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type KafkaBroker,
  type KafkaBrokerOptions,
  startKafkaBroker,
} from '../../plugins/local-services/src/kafkaBroker.ts'
import { freePort } from './freePort.ts'

const PREFIX = 'orders-on-kafka-test-'

/** A new folder under the system's temporary one. Its name tells whose it is, see {@link removeAbandonedFolders}. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))

export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })

/** Removes what test runs left that were killed before they could. */
export const removeAbandonedFolders = (): void => removeFoldersOf((pid) => !runs(pid))

/** Removes what this process has made and not removed yet. */
export const removeOwnFolders = (): void => removeFoldersOf((pid) => pid === process.pid)

function removeFoldersOf(whose: (pid: number) => boolean): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    if (whose(Number.parseInt(name.slice(PREFIX.length), 10))) removeFolder(join(tmpdir(), name))
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A broker of one test's own, which it may stop, kill and start again on the same port and data. */
export interface TestBroker {
  /** `127.0.0.1:port`; stays the same over restarts. */
  readonly brokers: string
  readonly port: number
  readonly dataDir: string
  /** The one that runs now, or ran last. */
  readonly current: KafkaBroker
  stop(): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Again, on the same port and data, with the same properties. */
  start(): Promise<void>
  /** Ends it and removes the data; for `afterAll`. */
  remove(): Promise<void>
}

export async function startTestBroker(
  options: Partial<Pick<KafkaBrokerOptions, 'port' | 'properties'>> = {},
): Promise<TestBroker> {
  const port = options.port ?? (await freePort())
  const dataDir = temporaryFolder()
  const start = () => startKafkaBroker({ ...options, port, dataDir })
  let current = await start()
  return {
    brokers: current.brokers,
    port,
    dataDir,
    get current() {
      return current
    },
    stop: () => current.stop(),
    async kill() {
      current.kill()
      await current.exited
    },
    async start() {
      current = await start()
    },
    async remove() {
      current.kill()
      await current.exited
      removeFolder(dataDir)
    },
  }
}
