import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
import { stopIdleTimers } from '../../../../shared/kafka/kafkaJsTimers.ts'

interface Queue {
  pending: unknown[]
  throttledUntil: number
  inflight: { size: number }
  push(request: unknown): void
  checkPendingRequests(): void
}

const quiet = { debug() {}, warn() {}, error() {}, info() {} }
const newQueue = () =>
  new (RequestQueue as unknown as new (options: object) => Queue)({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'b',
    logger: quiet,
  })

describe('the request queue of KafkaJS', () => {
  beforeEach(() => {
    stopIdleTimers()
    stopIdleTimers()
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it('arms no timer while nothing waits', () => {
    newQueue().checkPendingRequests()

    expect(jest.getTimerCount()).toBe(0)
  })

  it('still sends what waits when the broker no longer throttles', () => {
    const queue = newQueue()
    let sent = 0
    queue.throttledUntil = Date.now() + 500

    queue.push({
      entry: { correlationId: 1, resolve() {}, reject() {} },
      expectResponse: true,
      sendRequest: () => {
        sent++
      },
    })
    expect([sent, queue.pending.length]).toEqual([0, 1])
    jest.advanceTimersByTime(600)

    expect([sent, queue.pending.length]).toEqual([1, 0])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('is of the version that this was written for', () => {
    const { version } = JSON.parse(
      readFileSync(
        path.resolve(import.meta.dirname, '../../../../node_modules/kafkajs/package.json'),
        'utf8',
      ),
    )
    expect(version).toBe('2.2.4')
  })
})
