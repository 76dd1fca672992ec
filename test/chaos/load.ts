import { setTimeout as pause } from 'node:timers/promises'
import { orderIdFor } from '../../functions/createOrder/orderId.ts'
import type { PlannedOrder } from './orderPlan.ts'

/** What became of one planned order at the HTTP API. */
export interface SentOrder {
  customer: string
  orderId: string
  /** Amounts that got a 202, each once; more than one: the client contradicted itself. */
  accepted: number[]
  /** Of the first 202, in epoch milliseconds. */
  acceptedAt: number | undefined
  /** What does not belong there, such as an answer that the API does not have. */
  faults: string[]
}

/** Orders on their way. */
export interface Load {
  /** Requests by their answer's status; 0: there was no answer. */
  readonly answers: ReadonlyMap<number, number>
  /** Resolves when all orders have their 202, or were given up. */
  readonly finished: Promise<SentOrder[]>
}

/** Longer than any answer of createOrder takes. */
const ANSWER_WITHIN_MS = 20_000
const GIVE_UP_AFTER_MS = 600_000
/** After a 503 or no answer; the service asks for 2 s. */
const PAUSE_MS = { from: 1_000, to: 3_000 }

/** With more requests under way at once, a machine that is too slow for the rate would do nothing but give up. */
const AT_ONCE = 50

/** Sends each order at its time, again after a 503 or no answer until there is a 202. */
export function sendOrders(url: string, plan: readonly PlannedOrder[]): Load {
  const startedAt = performance.now()
  const untilMs = (atMs: number) => Math.max(0, startedAt + atMs - performance.now())
  const answers = new Map<number, number>()
  const turns = new Turns(AT_ONCE)

  async function post(
    headers: Record<string, string>,
    body: object,
  ): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(`${url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      return { status: response.status, text: await response.text() }
    } catch {
      return { status: 0, text: '' }
    }
  }

  async function sendUntilAccepted(planned: PlannedOrder, amount: number, sent: SentOrder): Promise<void> {
    const { customer, identity } = planned
    const body = { customer, amount, ...('orderId' in identity && { order_id: identity.orderId }) }
    const headers: Record<string, string> =
      'idempotencyKey' in identity ? { 'idempotency-key': identity.idempotencyKey } : {}
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS
    for (;;) {
      const { status, text } = await turns.take(() => post(headers, body))
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (status === 202) return accept(sent, amount, text)
      if (status !== 503 && status !== 0) {
        sent.faults.push(`was answered ${status} ${text.slice(0, 200)}`)
        return
      }
      if (performance.now() > giveUpAt) return
      await pause(PAUSE_MS.from + Math.random() * (PAUSE_MS.to - PAUSE_MS.from))
    }
  }

  async function send(planned: PlannedOrder): Promise<SentOrder> {
    const { customer, identity, atMs, requests } = planned
    const orderId =
      'orderId' in identity
        ? identity.orderId
        : orderIdFor({ caller: '', idempotencyKey: identity.idempotencyKey })
    const sent: SentOrder = { customer, orderId, accepted: [], acceptedAt: undefined, faults: [] }
    await Promise.all(
      requests.map(async ({ afterMs, amount }) => {
        await pause(untilMs(atMs + afterMs))
        await sendUntilAccepted(planned, amount, sent)
      }),
    )
    return sent
  }

  return { answers, finished: Promise.all(plan.map(send)) }
}

function accept(sent: SentOrder, amount: number, text: string): void {
  const { order_id: orderId } = JSON.parse(text) as { order_id: string }
  sent.acceptedAt ??= Date.now()
  if (!sent.accepted.includes(amount)) sent.accepted.push(amount)
  if (sent.orderId !== orderId) sent.faults.push(`was answered as ${orderId}`)
}

/** Lets so many tasks run at once, the others in their order. */
class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async take<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
