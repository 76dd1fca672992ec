import { setTimeout as pause } from 'node:timers/promises'
import { readDeadLetter } from './deadLetter.ts'
import type { Evidence } from './evidence.ts'
import { writeGarbage } from './garbage.ts'
import { planGarbage } from './garbagePlan.ts'
import { groupLag } from './groupLag.ts'
import { sendOrders } from './load.ts'
import type { ChaosOptions } from './options.ts'
import { orderOn } from './orderOnTopic.ts'
import { planOrders } from './orderPlan.ts'
import { scheduleTrouble } from './schedule.ts'
import type { ChaosSystem } from './system.ts'
import { readTopic } from './topicRecords.ts'
import { makeTrouble } from './trouble.ts'

/** Of the orders. */
const GARBAGE = 0.05
const LAG_EVERY_MS = 1_000
const STUCK_AFTER_MS = 120_000

/** What a run was like beside its evidence. */
export interface ChaosRun {
  evidence: Evidence
  answers: ReadonlyMap<number, number>
  /** From the first order to the end of the load, and until nothing was left to do. */
  loadSeconds: number
  drainSeconds: number
}

/** Sends all orders and all garbage while trouble is made, waits until nothing is left to do, and gathers the evidence. */
export async function runChaos(
  system: ChaosSystem,
  options: ChaosOptions,
  say: (text: string) => void,
): Promise<ChaosRun> {
  const { seed, short, orders: count, rate, ignoreKeys } = options
  const { cluster, offline, gateway, table } = system
  const durationMs = (count / rate) * 1_000
  const orders = planOrders({ orders: count, rate, seed })
  const garbage = planGarbage({
    ...{ records: Math.round(count * GARBAGE), durationMs, seed },
    orderIds: [
      'nobody',
      ...orders.flatMap(({ identity }) => ('orderId' in identity ? identity.orderId : [])),
    ],
  })

  say(`${count} orders at ${rate} a second, and ${garbage.length} records of garbage`)
  const startedAt = performance.now()
  const load = sendOrders(offline.url, orders)
  const progress = setInterval(() => say(progressOf(load.answers, offline.notifications.length)), 10_000)
  const [sent, garbageWritten] = await Promise.all([
    load.finished,
    writeGarbage(cluster.brokers, garbage),
    process.env.CALM
      ? undefined
      : makeTrouble({
          ...{ seed, say, rows: scheduleTrouble({ durationMs, short, seed }) },
          system: { cluster, offline, gateway, table, refused: () => load.answers.get(503) ?? 0 },
        }),
  ]).finally(() => clearInterval(progress))
  const loadedAt = performance.now()
  say('all is sent, and everything runs again')
  const lag = await waitUntilDone(system)
  const drainedAt = performance.now()
  await offline.stop()

  say('nothing is left to do; reading what there is')
  const [onOrders, onStatus, dead] = await Promise.all(
    ['orders', 'order_status', 'dead_letters'].map((topic) => readTopic(cluster.brokers, topic)),
  )
  return {
    evidence: {
      ...{ orders: sent, ledger: gateway.ledger(), records: table, tableAway: table.away, ignoreKeys, lag },
      ...{ notifications: offline.notifications, killedAt: offline.killedAt, garbageWritten },
      deadLetters: (dead ?? []).map(readDeadLetter),
      garbage: [...(onOrders ?? []), ...(onStatus ?? [])].filter((record) => !orderOn(record)),
    },
    answers: load.answers,
    loadSeconds: (loadedAt - startedAt) / 1_000,
    drainSeconds: (drainedAt - loadedAt) / 1_000,
  }
}

/** The lag of the groups when there is none any more, or when it has not become less for too long. */
async function waitUntilDone({ cluster }: ChaosSystem): Promise<Record<string, number>> {
  let least = Number.POSITIVE_INFINITY
  let lessAt = performance.now()
  for (;;) {
    const lag = await groupLag(cluster)
    const records = Object.values(lag).reduce((sum, ofGroup) => sum + ofGroup, 0)
    if (records === 0 || performance.now() - lessAt > STUCK_AFTER_MS) return lag
    if (records < least) {
      least = records
      lessAt = performance.now()
    }
    await pause(LAG_EVERY_MS)
  }
}

function progressOf(answers: ReadonlyMap<number, number>, notifications: number): string {
  const count = (status: number) => answers.get(status) ?? 0
  return `${count(202)} accepted, ${count(503)} times 503, ${count(0)} without an answer; ${notifications} notified`
}
