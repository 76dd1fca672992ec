import { closeSync, openSync } from 'node:fs'
import { type GuardedProcess, spawnGuarded } from '../../plugins/local-services/src/guardedProcess.ts'
import { freePort } from '../helpers/freePort.ts'
import { waitFor } from '../helpers/waitFor.ts'
import { GrowingFile, type Notification, readNotification } from './notifications.ts'

/** `serverless offline`, which may be killed and started again on the same port. */
export interface ChaosOffline {
  readonly url: string
  /** All that were printed so far, over all starts. */
  readonly notifications: readonly Notification[]
  /** When it was killed, in epoch milliseconds. */
  readonly killedAt: readonly number[]
  /** Resolves when it serves; one that ends before, since Kafka is away, is started again. */
  start(): Promise<void>
  /** SIGKILL for the whole process group; resolves when it is gone. */
  kill(): Promise<void>
  stop(): Promise<void>
}

export interface ChaosOfflineOptions {
  /** Of the project's copy. */
  folder: string
  /** Gets all that it prints. A file, so that nothing is lost that was printed before a kill. */
  outputFile: string
  env: NodeJS.ProcessEnv
}

const LOOK_EVERY_MS = 50
const START_WITHIN_MS = 180_000
const GRACE_SECONDS = 20
const SERVERLESS = ['node_modules/serverless/bin/serverless.js', 'offline', '--param', 'replicationFactor=3']

export async function chaosOffline({ folder, outputFile, env }: ChaosOfflineOptions): Promise<ChaosOffline> {
  const ports = ['--httpPort', await freePort(), '--lambdaPort', await freePort()].map(String)
  const notifications: Notification[] = []
  const killedAt: number[] = []
  const output = new GrowingFile(outputFile)
  let running: GuardedProcess | undefined
  let watch: NodeJS.Timeout | undefined
  let serves = false

  function look(): void {
    const now = Date.now()
    for (const line of output.newLines()) {
      const notification = readNotification(line, now)
      if (notification) notifications.push(notification)
      else if (line.startsWith('  curl ')) serves = true
    }
  }

  function spawn(): GuardedProcess {
    const descriptor = openSync(outputFile, 'a')
    try {
      return spawnGuarded(process.execPath, [...SERVERLESS, ...ports], {
        ...{ cwd: folder, output: descriptor, graceSeconds: GRACE_SECONDS },
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      })
    } finally {
      closeSync(descriptor)
    }
  }

  return {
    url: `http://127.0.0.1:${ports[1]}`,
    notifications,
    killedAt,
    async start() {
      watch ??= setInterval(look, LOOK_EVERY_MS)
      serves = false
      let ended = true
      await waitFor(
        () => {
          if (!ended) return serves
          ended = false
          running = spawn()
          void running.exited.then(() => {
            ended = true
          })
          return false
        },
        { timeoutMs: START_WITHIN_MS, what: `serverless offline serves; its output is in ${outputFile}` },
      )
    },
    async kill() {
      killedAt.push(Date.now())
      running?.kill()
      await running?.exited
    },
    async stop() {
      await running?.stop()
      clearInterval(watch)
      look()
    },
  }
}
