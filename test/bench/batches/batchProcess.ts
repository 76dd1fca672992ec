// A function that gets event after event, or KafkaJS alone in its place.

import { subscribe } from 'node:diagnostics_channel'
import { orderEvents } from './orderEvents.ts'

export interface BatchProcessSettings {
  contestant: 'raw' | 'payment' | 'notification'
  /** Otherwise one that answers at once takes the place of the table. */
  store: boolean
}

export interface BatchWork {
  events: number
  /** Of each event. */
  records: number
}

export interface BatchDone {
  /** From the event to the answer, all events together, without the making of events. */
  tookMs: number
  /** Of this process meanwhile, with the making of events. */
  cpuMs: number
  /** Requests over HTTP: those of the table. */
  requests: number
  /** Bytes after the last event; after a garbage collection, where Node was started with `--expose-gc`. */
  memory: { heap: number; rss: number }
}

const { contestant, store } = JSON.parse(process.argv[2] ?? '{}') as BatchProcessSettings
// Only what is needed, since the functions change KafkaJS.
const take =
  contestant === 'raw'
    ? await (await import('./rawPayment.ts')).rawPayment(process.env.KAFKA_BROKERS ?? '')
    : (await import('./functionBatches.ts')).functionBatches(contestant, store)
const nextEvent = orderEvents(contestant === 'notification' ? 'order_status' : 'orders')
let requests = 0
subscribe('http.client.request.start', () => {
  requests += 1
})

process.on('message', async ({ events, records }: BatchWork) => {
  requests = 0
  const cpu = process.cpuUsage()
  let tookMs = 0
  for (let count = 0; count < events; count++) {
    const event = nextEvent(records)
    const begunAt = performance.now()
    await take(event)
    tookMs += performance.now() - begunAt
  }
  const { user, system } = process.cpuUsage(cpu)
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  const memory = { heap: heapUsed + external, rss }
  process.send?.({ tookMs, cpuMs: (user + system) / 1_000, requests, memory } satisfies BatchDone)
})
// Connections would keep it alive when whoever started it was killed.
process.once('disconnect', () => process.exit())
process.send?.('ready')
