import { describe, expect, it, jest } from '@jest/globals'
import { deadlineIn } from '../../../../shared/deadline.ts'
import {
  ConflictError,
  DeclinedError,
  GatewayUnavailableError,
  InProgressError,
  OutcomesUnavailableError,
} from '../../../../shared/errors.ts'
import { once } from '../../../../shared/outcomes/once.ts'
import { chargeOf } from '../../../../shared/outcomes/subject.ts'
import { FakeOutcomes } from '../../../helpers/fakes.ts'
import { anOrder } from '../../../helpers/orders.ts'

const subject = chargeOf(anOrder('o-1'))
const told: string[] = []
const attempt = (owner = 'invocation-1', ms = 10_000) => ({
  owner,
  deadline: deadlineIn(ms),
  tell: (reason: string) => void told.push(reason),
})
const stateIn = (table: FakeOutcomes) => table.items.get(subject.id)?.state

function work() {
  const calls: number[] = []
  return { calls, work: async () => void calls.push(calls.length) }
}

/** Work that ends when it is told to. */
function heldWork() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { work: () => promise, end: resolve, fail: reject }
}

describe('what is to happen once', () => {
  it('happens once, and takes two writes', async () => {
    const table = new FakeOutcomes()
    const { calls, work: charge } = work()

    expect(await once(table, subject, attempt(), charge)).toBe(true)
    expect([stateIn(table), table.writes]).toEqual(['charged', 2])
    expect(await once(table, subject, attempt('invocation-2'), charge)).toBe(false)

    expect(calls).toHaveLength(1)
    expect(table.writes).toBe(3)
  })

  it('is in progress for everyone else meanwhile', async () => {
    const table = new FakeOutcomes()
    const first = heldWork()
    const second = work()
    const running = once(table, subject, attempt(), first.work)

    await expect(once(table, subject, attempt('invocation-2'), second.work)).rejects.toThrow(InProgressError)
    first.end()
    await running
    await once(table, subject, attempt('invocation-2'), second.work)

    expect(second.calls).toEqual([])
  })

  it('is nobody else’s however long it takes, and is taken over soon after a crash', async () => {
    jest.useFakeTimers()
    try {
      const table = new FakeOutcomes()
      const second = work()
      const crashed = heldWork()
      const claim = table.claim.bind(table)
      let alive = true
      table.claim = async (what, by) => {
        if (by.owner === 'crashed' && !alive) throw new Error('it renews nothing')
        return claim(what, by)
      }
      const running = once(table, subject, attempt('crashed', 100_000), crashed.work)
      await jest.advanceTimersByTimeAsync(60_000)
      await expect(once(table, subject, attempt('other'), second.work)).rejects.toThrow(InProgressError)

      alive = false
      await jest.advanceTimersByTimeAsync(2_001)
      await once(table, subject, attempt('other'), second.work)

      expect(second.calls).toHaveLength(1)
      crashed.end()
      await running
      expect(stateIn(table)).toBe('charged')
    } finally {
      jest.useRealTimers()
    }
  })

  it('is not held up by its own renewals where the table is slow', async () => {
    jest.useFakeTimers()
    try {
      const table = new FakeOutcomes()
      const claim = table.claim.bind(table)
      let underWay = 0
      let most = 0
      table.claim = async (...args) => {
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setTimeout(resolve, 900))
        underWay--
        return claim(...args)
      }
      const slow = heldWork()
      const running = once(table, subject, attempt('slow', 100_000), slow.work)

      await jest.advanceTimersByTimeAsync(20_000)
      slow.end()
      await running

      expect(most).toBe(1)
      expect(stateIn(table)).toBe('charged')
    } finally {
      jest.useRealTimers()
    }
  })

  it('does not lapse before its renewal is there, where the table is slow', async () => {
    jest.useFakeTimers()
    try {
      const table = new FakeOutcomes()
      const claim = table.claim.bind(table)
      let until = Number.POSITIVE_INFINITY
      const lapsed: number[] = []
      table.claim = async (what, by) => {
        await new Promise((resolve) => setTimeout(resolve, 2_500))
        // The first one comes too late, and is followed by one that lasts longer.
        if (by.until > Date.now()) {
          if (Date.now() >= until) lapsed.push(Date.now() - until)
          until = by.until
        }
        return claim(what, by)
      }
      const slow = heldWork()
      const running = once(table, subject, attempt('slow', 100_000), slow.work)

      await jest.advanceTimersByTimeAsync(60_000)
      slow.end()
      await running

      expect(until).toBeLessThan(Number.POSITIVE_INFINITY)
      expect(lapsed).toEqual([])
    } finally {
      jest.useRealTimers()
    }
  })

  it.each([
    ['amount', { amount: 13 }],
    ['customer', { customer: 'Bob' }],
  ])('is a conflict with another %s, in progress or done', async (_field, changes) => {
    const table = new FakeOutcomes()
    const other = chargeOf(anOrder('o-1', changes))
    const first = heldWork()
    const second = work()
    const running = once(table, subject, attempt(), first.work)

    await expect(once(table, other, attempt(), second.work)).rejects.toThrow(ConflictError)
    first.end()
    await running
    await expect(once(table, other, attempt(), second.work)).rejects.toThrow(ConflictError)

    expect(second.calls).toEqual([])
  })

  it('stays declined, with its reason', async () => {
    const table = new FakeOutcomes()
    const second = work()
    const decline = async () => {
      throw new DeclinedError('no money')
    }

    await expect(once(table, subject, attempt(), decline)).rejects.toThrow('no money')
    await expect(once(table, subject, attempt('invocation-2'), second.work)).rejects.toThrow(
      new DeclinedError('no money'),
    )

    expect([stateIn(table), second.calls]).toEqual(['declined', []])
  })

  it('may be tried again by who failed, at once', async () => {
    const table = new FakeOutcomes()
    const second = work()
    const fail = async () => {
      throw new GatewayUnavailableError('away')
    }

    await expect(once(table, subject, attempt(), fail)).rejects.toThrow('away')
    await once(table, subject, attempt(), second.work)

    expect(second.calls).toHaveLength(1)
  })

  it('does not happen when it cannot be claimed', async () => {
    const table = new FakeOutcomes()
    const { calls, work: charge } = work()
    table.failure = new OutcomesUnavailableError('away')

    await expect(once(table, subject, attempt(), charge)).rejects.toThrow('away')

    expect(calls).toEqual([])
  })

  it('holds its outcome until the table takes it', async () => {
    const table = new FakeOutcomes()
    const held = heldWork()
    const running = once(table, subject, attempt(), held.work)
    table.failure = new OutcomesUnavailableError('away')
    const writes = table.writes
    held.end()
    while (table.writes < writes + 3) await new Promise(setImmediate)
    expect(stateIn(table)).toBe('charging')
    expect(told).toContain('away')

    table.failure = undefined
    await running

    expect(stateIn(table)).toBe('charged')
  })

  it('is begun only with a claim that lasts, also when the table is slow', async () => {
    jest.useFakeTimers()
    try {
      const table = new FakeOutcomes()
      const claim = table.claim.bind(table)
      const left: number[] = []
      table.claim = async (what, by) => {
        jest.setSystemTime(Date.now() + 2_500)
        left.push(by.until - Date.now())
        return claim(what, by)
      }
      const { calls, work: charge } = work()

      await once(table, subject, attempt(), charge)

      expect(left).toEqual([-500, 4_500])
      expect(calls).toHaveLength(1)
    } finally {
      jest.useRealTimers()
    }
  })
})

describe('the subjects', () => {
  it('have a key that fits, for any order id', () => {
    const keys = ['o-1', 'x'.repeat(512), '€'.repeat(513), `sha256/${'x'.repeat(9)}`, '€'.repeat(600)].map(
      (id) => chargeOf(anOrder(id)).id,
    )

    expect(keys[0]).toBe('charge/o-1')
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.filter((key) => Buffer.byteLength(key) > 2_048)).toEqual([])
    expect(keys[3]).not.toBe(`charge/sha256/${'x'.repeat(9)}`)
  })

  it('tell nobody the customer', () => {
    expect(JSON.stringify(chargeOf(anOrder('o-1', { customer: 'Ada' })))).not.toContain('Ada')
  })
})
