import { createRequire } from 'node:module'
import { expect, it } from '@jest/globals'
import { stopKafkaIdleTimer } from '../../src/kafkaIdleTimer.ts'

type Queue = {
  pending: unknown[]
  throttleCheckTimeoutId: unknown
  scheduleCheckPendingRequests(): void
  destroy(): void
}

it('lets a queue of the KafkaJS that is installed sleep until a request is pending', () => {
  stopKafkaIdleTimer(import.meta.url)
  stopKafkaIdleTimer(import.meta.url)
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue')
  const queue: Queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1, logger: {} })

  queue.scheduleCheckPendingRequests()
  expect(queue.throttleCheckTimeoutId).toBeNull()

  queue.pending.push({})
  queue.scheduleCheckPendingRequests()
  expect(queue.throttleCheckTimeoutId).not.toBeNull()
  queue.destroy()
})

it('does nothing where no KafkaJS is installed', () => {
  expect(() => stopKafkaIdleTimer('/nowhere/handler.js')).not.toThrow()
})
