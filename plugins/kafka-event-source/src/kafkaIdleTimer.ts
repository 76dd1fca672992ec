import { createRequire } from 'node:module'

type RequestQueue = { pending: unknown[]; scheduleCheckPendingRequests(): void }

/**
 * Stops KafkaJS from waking up about every millisecond for each open connection, with a warning of Node.js about a
 * negative timeout: a queue without pending requests has nothing to check. Throttled requests are pending, so they stay
 * checked. See https://github.com/tulios/kafkajs/issues/1751.
 *
 * Mends the KafkaJS that `fromFile` (path or file URL) would import; without one, nothing happens.
 */
export function stopKafkaIdleTimer(fromFile: string): void {
  const { prototype } = requestQueueClass(fromFile) ?? {}
  if (prototype === undefined || mended.has(prototype)) return
  mended.add(prototype)

  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}

const mended = new WeakSet<RequestQueue>()

function requestQueueClass(fromFile: string): { prototype: RequestQueue } | undefined {
  try {
    return createRequire(fromFile)('kafkajs/src/network/requestQueue')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
