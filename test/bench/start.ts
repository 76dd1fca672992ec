import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../../shared/deadline.ts'
import { readNotification } from '../chaos/notifications.ts'
import { postOrder } from '../helpers/postOrders.ts'
import { copyProject, spawnOffline } from '../helpers/project.ts'
import type { Bench } from './bench.ts'
import { median } from './statistics.ts'

const ROUNDS = 2
const LOOK_EVERY_MS = 10
const TAKEN_WITHIN_MS = 60_000
const TOLD_WITHIN_MS = 30_000

/** `npm start` where its packages and jars are, and Kafka was prepared: in a new checkout, and there again. */
export const start: Bench = async ({ table, quick }) => {
  const firsts: Start[] = []
  const seconds: Start[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const project = copyProject()
    try {
      firsts.push(await startIn(project.folder))
      seconds.push(await startIn(project.folder))
    } finally {
      project.remove()
    }
  }
  const row = (what: string, limit: number, of: (start: Start) => number) => {
    const [first, again] = [firsts.map(of), seconds.map(of)]
    table.row({
      what,
      unit: 's',
      contestants: { 'in a new checkout': first, 'and again': again },
      goal: { text: `below ${limit}`, reached: median(first) < limit && median(again) < limit },
    })
  }
  row('npm start to the first 202', 8, ({ takenSeconds }) => takenSeconds)
  row('from that 202 to its notification, pause 0', 1, ({ toldSeconds }) => toldSeconds)
}

interface Start {
  /** From `npm start` to the answer. */
  takenSeconds: number
  /** From the answer to the notification. */
  toldSeconds: number
}

async function startIn(folder: string): Promise<Start> {
  const told = Promise.withResolvers<number>()
  const begunAt = performance.now()
  const offline = await spawnOffline({
    folder,
    env: { PAYMENT_MAX_DELAY_MS: '0' },
    onLine: (line) => {
      if (readNotification(line, 0)) told.resolve(performance.now())
    },
  })
  const printed = (what: string) => new Error(`${what}:\n${offline.lines.join('\n')}`)
  const ended = offline.exited.then((code) => Promise.reject(printed(`npm start ended with ${code}`)))
  ended.catch(() => {})
  try {
    const takenAt = await Promise.race([firstTaken(offline.url), ended])
    const toldAt = await within(TOLD_WITHIN_MS, Promise.race([told.promise, ended]), () =>
      printed('The first customer was not told'),
    )
    return { takenSeconds: (takenAt - begunAt) / 1_000, toldSeconds: (toldAt - takenAt) / 1_000 }
  } finally {
    await offline.stop()
  }
}

/** When an order was taken first: asked for as soon as something listens, and until then again and again. */
async function firstTaken(url: string): Promise<number> {
  const giveUpAt = performance.now() + TAKEN_WITHIN_MS
  while (performance.now() < giveUpAt) {
    const { status } = await postOrder(url, { customer: 'Ada', amount: 12.5 })
    if (status === 202) return performance.now()
    await pause(LOOK_EVERY_MS)
  }
  throw new Error(`npm start took no order within ${TAKEN_WITHIN_MS / 1_000} s`)
}
