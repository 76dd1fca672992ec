import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../helpers/broker.ts'
import { startTestDynamoDb } from '../helpers/dynamoDb.ts'
import { copyProject } from '../helpers/project.ts'
import { type ChaosCluster, startCluster } from './cluster.ts'
import { type ChaosGateway, startGateway } from './gatewayProcess.ts'
import { type ChaosOffline, chaosOffline } from './offline.ts'
import { type ChargeRecords, tableGate } from './tableGate.ts'

/** The whole system in processes of their own, each of which can be killed. */
export interface ChaosSystem {
  cluster: ChaosCluster
  gateway: ChaosGateway
  table: ChaosTable
  offline: ChaosOffline
  /** Ends all of it and removes its data; the outputs stay. */
  remove(): Promise<void>
}

export interface ChaosTable extends ChargeRecords {
  /** When it was killed, and served again, in epoch milliseconds. */
  readonly away: readonly { from: number; to: number }[]
  kill(): Promise<void>
  start(): Promise<void>
}

export interface ChaosSystemOptions {
  /** For what is to be read afterwards: the ledger, and what the processes print. Emptied first. */
  outputFolder: string
  seed: string
  ignoreKeys: boolean
}

export async function startSystem(options: ChaosSystemOptions): Promise<ChaosSystem> {
  const { outputFolder, seed, ignoreKeys } = options
  const output = (name: string) => join(outputFolder, name)
  rmSync(outputFolder, { recursive: true, force: true })
  await mkdir(outputFolder, { recursive: true })
  // Undone in the opposite order.
  await using started = new AsyncDisposableStack()

  const project = started.adopt(copyProject(), (copy) => copy.remove())
  const dataFolder = started.adopt(temporaryFolder(), (folder) => rmSync(folder, { recursive: true }))
  const cluster = started.adopt(await startCluster(dataFolder), (running) => running.kill())
  const gateway = started.adopt(
    await startGateway({
      ...{ ledgerFile: output('ledger.jsonl'), outputFile: output('gateway.log'), seed, ignoreKeys },
    }),
    (running) => running.stop(),
  )
  const dynamoDb = started.adopt(await startTestDynamoDb(), (running) => running.remove())
  const gate = started.adopt(await tableGate(dynamoDb.endpoint), (running) => running.close())
  await gate.open()
  const offline = started.adopt(
    await chaosOffline({
      folder: project.folder,
      outputFile: output('offline.log'),
      env: {
        KAFKA_BROKERS: cluster.brokers,
        DYNAMODB_ENDPOINT: gate.endpoint,
        PAYMENT_GATEWAY_URL: gateway.url,
        PAYMENT_MAX_DELAY_MS: '0',
      },
    }),
    (running) => running.stop(),
  )
  await offline.start()

  const away: { from: number; to: number }[] = []
  let killedAt = 0
  const table: ChaosTable = {
    askedAt: gate.askedAt,
    recordedAt: gate.recordedAt,
    away,
    async kill() {
      killedAt = Date.now()
      await gate.close()
      await dynamoDb.kill()
    },
    async start() {
      await dynamoDb.start()
      await gate.open()
      away.push({ from: killedAt, to: Date.now() })
    },
  }
  const all = started.move()
  return { cluster, gateway, table, offline, remove: () => all.disposeAsync() }
}
