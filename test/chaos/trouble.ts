import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '../helpers/waitFor.ts'
import type { ChaosCluster } from './cluster.ts'
import type { ChaosOffline } from './offline.ts'
import { seededRandom } from './random.ts'
import type { ScheduledTrouble, Trouble } from './schedule.ts'

/** What trouble is made for. */
export interface TroubledSystem {
  cluster: ChaosCluster
  offline: ChaosOffline
  gateway: { hangNext(): Promise<void> }
  table: { kill(): Promise<void>; start(): Promise<void> }
  /** 503s so far. */
  refused(): number
}

export interface MakeTroubleOptions {
  system: TroubledSystem
  rows: readonly (readonly ScheduledTrouble[])[]
  seed: string
  say(text: string): void
}

/** How long something that was killed stays away. */
const AWAY_MS = { from: 2_000, to: 6_000 }
const REFUSED_WITHIN_MS = 60_000
const LEADER_WITHIN_MS = 30_000

/** Makes all trouble at its time, rows side by side; resolves when everything runs again. */
export async function makeTrouble({ system, rows, seed, say }: MakeTroubleOptions): Promise<void> {
  const { cluster, offline, gateway, table } = system
  const startedAt = performance.now()
  const random = seededRandom(`${seed} trouble`)
  const away = () => pause(random.between(AWAY_MS.from, AWAY_MS.to))

  async function killLeader(): Promise<number> {
    const partition = random.integer(0, 3)
    const leader = await waitFor(() => cluster.leaderOf(partition), {
      ...{ timeoutMs: LEADER_WITHIN_MS, what: `orders-${partition} has a leader` },
    })
    say(`kill -9 broker ${leader}, leader of orders-${partition}`)
    await cluster.node(leader).kill()
    return leader
  }

  async function startAgain(...brokers: number[]): Promise<void> {
    await Promise.all(brokers.map((broker) => cluster.node(broker).start()))
    await cluster.inSync()
    say(`broker ${brokers.join(' and ')} in sync again`)
  }

  const make: Readonly<Record<Trouble, () => Promise<void>>> = {
    async 'kill leader'() {
      const leader = await killLeader()
      await away()
      await startAgain(leader)
    },
    async 'no quorum'() {
      const first = await killLeader()
      const second = (first % 3) + 1
      say(`stop broker ${second}: one is left, and two must have a record`)
      await cluster.node(second).stop()
      const before = system.refused()
      await waitFor(() => system.refused() > before, { timeoutMs: REFUSED_WITHIN_MS, what: 'a 503' })
      await away()
      say(`${system.refused() - before} requests had a 503 meanwhile`)
      await startAgain(first, second)
    },
    async 'kill offline'() {
      say('kill -9 serverless offline')
      await offline.kill()
      await offline.start()
      say('serverless offline serves again')
    },
    async 'gateway hangs'() {
      say('the gateway makes the next charge and never answers')
      await gateway.hangNext()
    },
    async 'kill table'() {
      say('kill -9 DynamoDB Local')
      await table.kill()
      await away()
      await table.start()
      say('DynamoDB Local serves again')
    },
  }

  await Promise.all(
    rows.map(async (row) => {
      for (const { atMs, trouble } of row) {
        await pause(Math.max(0, startedAt + atMs - performance.now()))
        await make[trouble]()
      }
    }),
  )
}
