import { readFileSync, rmSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LocalServicesError } from './errors.ts'
import { identifyProcess, isAlive, type ProcessIdentity } from './processIdentity.ts'

/** Which processes use a data folder, as the file `running.json` in it says. */
export interface Usage {
  /** The process that started the broker and answers for it. */
  owner: ProcessIdentity
  /** Missing until the broker's process is there. */
  broker?: ProcessIdentity
  /** Where clients reach the broker, on 127.0.0.1. */
  port: number
}

/** What became of the processes of a {@link Usage}. */
export type UsageState = 'in use' | 'left behind' | 'over'

const usageFile = (dataDir: string) => join(dataDir, 'running.json')

/** What `running.json` says, whether it still holds or not. */
export async function readUsage(dataDir: string): Promise<Usage | undefined> {
  try {
    return JSON.parse(await readFile(usageFile(dataDir), 'utf8'))
  } catch {
    // Not there, or cut off by a crash of the machine: nobody can be running who wrote only half of it.
    return undefined
  }
}

/** 'left behind': the broker lives, but whoever started it is gone. */
export async function usageState({ owner, broker }: Usage): Promise<UsageState> {
  if (await isAlive(owner)) return 'in use'
  return broker && (await isAlive(broker)) ? 'left behind' : 'over'
}

/** A data folder that this process has for itself. */
export interface Claim {
  recordBroker(pid: number): Promise<void>
  /** Synchronous, so that it also works while the process exits. */
  release(): void
}

/**
 * Takes the (existing) data folder for a broker on `port`. A broker that an earlier start left behind is stopped first.
 * @throws LocalServicesError IN_USE when a living process has it
 */
export async function claimDataFolder(
  dataDir: string,
  port: number,
  log: (line: string) => void,
  service = 'Kafka',
): Promise<Claim> {
  const owner = await identifyProcess(process.pid)
  if (!owner) throw new Error('This process cannot be found by its own number')
  const file = usageFile(dataDir)
  const mine: Usage = { owner, port }
  let written = JSON.stringify(mine)

  while (!(await createFile(file, written))) {
    const present = await readUsage(dataDir)
    const state = present ? await usageState(present) : 'over'
    if (present && state === 'in use') throw inUse(dataDir, present, service)
    if (present?.broker && state === 'left behind') {
      log(`Stopping a local ${service} (pid ${present.broker.pid}) that an earlier start left behind`)
      await stopProcess(present.broker)
    }
    await removeOutdated(file, present)
  }

  return {
    async recordBroker(pid) {
      const broker = await identifyProcess(pid)
      if (!broker) return
      written = JSON.stringify({ ...mine, broker })
      await writeFile(`${file}.new`, written)
      await rename(`${file}.new`, file)
    },
    release() {
      try {
        if (readFileSync(file, 'utf8') === written) rmSync(file, { force: true })
      } catch {
        // The folder is gone already.
      }
    },
  }
}

/** @throws LocalServicesError IN_USE */
export function inUse(dataDir: string, { owner, port }: Usage, service = 'Kafka'): LocalServicesError {
  return new LocalServicesError(
    'IN_USE',
    `The local ${service} is already running here: process ${owner.pid} has it on 127.0.0.1:${port} (data in ${dataDir}). ` +
      `Use that one, or stop it first (Ctrl-C in its terminal, or: kill ${owner.pid}).`,
  )
}

/** SIGTERM, SIGKILL after ten seconds, for a process that is not a child of ours. */
export async function stopProcess(target: ProcessIdentity): Promise<void> {
  const signal = async (name: NodeJS.Signals, withinMs: number) => {
    try {
      process.kill(target.pid, name)
    } catch {
      return
    }
    const end = Date.now() + withinMs
    while (Date.now() < end && (await isAlive(target))) await pause(50)
  }
  if (await isAlive(target)) await signal('SIGTERM', 10_000)
  if (await isAlive(target)) await signal('SIGKILL', 5000)
}

async function createFile(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Only the file that was judged outdated: two starts at once may both have judged it, and one be further by now. */
async function removeOutdated(file: string, judged: Usage | undefined): Promise<void> {
  const aside = `${file}.${process.pid}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  const taken = await readFile(aside, 'utf8').catch(() => '')
  if (judged && taken !== JSON.stringify(judged)) {
    await rename(aside, file)
    await pause(20)
  } else {
    await rm(aside, { force: true })
  }
}
