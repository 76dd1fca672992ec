import { describe, expect, it } from '@jest/globals'
import { orderIdFor } from '../../../functions/createOrder/orderId.ts'
import { decodeOrder } from '../../../shared/order.ts'
import { type GarbageRecord, planGarbage } from '../../chaos/garbagePlan.ts'
import { commandLine, readOptions } from '../../chaos/options.ts'
import { orderOn } from '../../chaos/orderOnTopic.ts'
import { planOrders } from '../../chaos/orderPlan.ts'
import { scheduleTrouble } from '../../chaos/schedule.ts'

const plan = { orders: 2_000, rate: 50, seed: '7' }

describe('the orders', () => {
  const orders = planOrders(plan)

  it('are the same for the same seed, and others for another', () => {
    expect(planOrders(plan)).toEqual(orders)
    expect(planOrders({ ...plan, seed: '8' })).not.toEqual(orders)
  })

  it('come at a steady rate, each with an identity of its own', () => {
    expect(orders[100]?.atMs).toBe(2_000)
    expect(new Set(orders.map(({ identity }) => JSON.stringify(identity))).size).toBe(2_000)
  })

  it('are repeated, one in twenty, and a few contradict themselves', () => {
    const further = orders.flatMap(({ requests: [first, ...others] }) =>
      others.map(({ amount }) => (amount === first.amount ? 'repeated' : 'contradicted')),
    )

    expect(further.filter((what) => what === 'repeated').length).toBeGreaterThan(60)
    expect(further.filter((what) => what === 'contradicted')).toHaveLength(3)
  })

  it('have amounts that the API takes', () => {
    const amounts = orders.flatMap(({ requests }) => requests.map(({ amount }) => String(amount)))

    expect(amounts.filter((amount) => !/^\d+(\.\d\d?)?$/.test(amount))).toEqual([])
  })
})

describe('the garbage', () => {
  const plan = (seed: string) =>
    planGarbage({ records: 300, durationMs: 10_000, orderIds: ['order-7-1'], seed })
  const texts = (records: readonly GarbageRecord[]) => records.map((record) => JSON.stringify(record))
  const garbage = plan('7')

  it('is the same for the same seed, and other for another', () => {
    expect(texts(plan('7')).join() === texts(garbage).join()).toBe(true)
    expect(texts(plan('8')).join() === texts(garbage).join()).toBe(false)
  })

  it('is nothing that a function could make anything of, and is not taken for an order', () => {
    for (const record of garbage) {
      const status = record.topic === 'orders' ? 'pending' : 'paid'
      expect(() => decodeOrder(record.value, status)).toThrow()
      expect(orderOn(record)).toBeUndefined()
    }
  })

  it('has some that are very large', () => {
    expect(garbage.filter(({ value }) => (value?.length ?? 0) >= 900_000).length).toBeGreaterThan(0)
    expect(garbage.filter(({ headers }) => headers.large !== undefined).length).toBeGreaterThan(0)
  })
})

it.each([
  ['an id of the client', 'order-7-1'],
  ['an id of the service', orderIdFor({ caller: '', idempotencyKey: 'key-7-1' })],
])('an order is known by %s', (_, order_id) => {
  const value = Buffer.from(JSON.stringify({ order_id, customer: 'c-1', amount: 1, status: 'paid' }))

  expect(orderOn({ topic: 'order_status', value })).toMatchObject({ order_id })
  expect(orderOn({ topic: 'orders', value })).toBeUndefined()
})

describe('the trouble', () => {
  const troubleOf = (short: boolean) =>
    scheduleTrouble({ durationMs: 100_000, short, seed: '7' })
      .flat()
      .map(({ trouble }) => trouble)
      .sort()

  it('has in the full form five kills of serverless offline and two of the leader', () => {
    expect(troubleOf(false)).toEqual([
      ...['gateway hangs', 'kill leader', 'kill leader'],
      ...Array(5).fill('kill offline'),
      ...['kill table', 'no quorum'],
    ])
  })

  it('has something of everything in the short form', () => {
    expect(new Set(troubleOf(true))).toEqual(new Set(troubleOf(false)))
  })

  it('begins while orders come, and within a row one after the other', () => {
    for (const row of scheduleTrouble({ durationMs: 100_000, short: false, seed: '7' })) {
      const times = row.map(({ atMs }) => atMs)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(times.every((atMs) => atMs > 0 && atMs < 90_000)).toBe(true)
    }
  })
})

describe('the options', () => {
  it('are 20,000 orders, and 1,500 in the short form', () => {
    expect(readOptions([])).toMatchObject({ orders: 20_000, short: false, ignoreKeys: false })
    expect(readOptions(['--short', '--seed', '7'])).toMatchObject({ orders: 1_500, seed: '7' })
  })

  it('are told such that they give the same run again', () => {
    const options = readOptions(['--short', '--ignore-keys', '--rate', '9'])

    expect(readOptions(commandLine(options).split(' '))).toEqual(options)
  })

  it('are refused by name', () => {
    expect(() => readOptions(['--orders', '1e3'])).toThrow(
      '--orders must be a whole number above 0, and is 1e3',
    )
    expect(() => readOptions(['--order', '1'])).toThrow("'--order'")
  })
})
