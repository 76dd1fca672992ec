import { describe, expect, it } from '@jest/globals'
import type { DeadLetter } from '../../chaos/deadLetter.ts'
import type { Evidence } from '../../chaos/evidence.ts'
import type { LedgerEntry } from '../../chaos/gatewayLedger.ts'
import type { SentOrder } from '../../chaos/load.ts'
import type { ChargeRecords } from '../../chaos/tableGate.ts'
import { placeOf, type RawRecord } from '../../chaos/topicRecords.ts'
import { judge } from '../../chaos/verdict.ts'

const anOrder = (orderId: string, changes: Partial<SentOrder> = {}): SentOrder => ({
  ...{ customer: `c-${orderId}`, orderId, accepted: [5], acceptedAt: 1_000, faults: [] },
  ...changes,
})

const aCall = (id: string, changes: Partial<LedgerEntry> = {}, amount = 5): LedgerEntry => ({
  content: JSON.stringify({ order_id: id, customer: `c-${id}`, amount }),
  ...{ id, receivedAt: 1_100, at: 1_110, outcome: 'charged', status: 201 },
  ...changes,
})

const aNotification = (orderId: string) => ({ customer: `c-${orderId}`, orderId, seenAt: 1_200 })

const someGarbage = (changes: Partial<RawRecord> = {}): RawRecord => ({
  ...{ topic: 'orders', partition: 1, offset: 7, key: Buffer.from('k'), value: Buffer.from('not json') },
  headers: [['name', Buffer.from([0xff])]],
  ...changes,
})

const deadLetterOf = (record: RawRecord, changes: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{ place: placeOf(record), condition: 'InvalidRecord', reason: 'not JSON', key: record.key, record },
  ...changes,
})

const orderRecord = (order_id: string, amount: number): RawRecord => ({
  ...someGarbage({ offset: 9, headers: [] }),
  value: Buffer.from(JSON.stringify({ order_id, customer: `c-${order_id}`, amount, status: 'pending' })),
})

const garbage = someGarbage()

/** The table was asked once for each, and confirmed it at that time. */
const recordedAt = (times: Record<string, number>): ChargeRecords => ({
  askedAt: new Map(Object.entries(times).map(([id, at]) => [id, at - 5])),
  recordedAt: new Map(Object.entries(times)),
})

/** Of a run in which one order and one record of garbage went well. */
const wellDone = (changes: Partial<Evidence> = {}): Evidence => ({
  orders: [anOrder('order-1')],
  ledger: [aCall('order-1')],
  records: recordedAt({ 'order-1': 1_150 }),
  tableAway: [],
  notifications: [aNotification('order-1')],
  deadLetters: [deadLetterOf(garbage)],
  garbage: [garbage],
  garbageWritten: [placeOf(garbage)],
  killedAt: [],
  lag: { 'payment_service orders-0': 0 },
  ignoreKeys: false,
  ...changes,
})

const faultsOf = (changes: Partial<Evidence>) => judge(wellDone(changes)).faults

it('finds nothing where all went well, and counts it', () => {
  const { faults, figures } = judge(wellDone())

  expect(faults).toEqual([])
  expect(figures).toMatchObject({ accepted: 1, charged: 1, chargedTwice: 0, notifiedOnce: 1, garbage: 1 })
  expect(figures.slowestNotification).toBe(0.2)
})

describe('an order', () => {
  it('is lost when it was accepted, and neither charged nor a dead letter', () => {
    expect(faultsOf({ ledger: [], records: recordedAt({}), notifications: [] })).toEqual([
      'order order-1 of c-order-1 was accepted (amount 5), and neither charged nor a dead letter',
    ])
  })

  it('may be lost when it was never accepted', () => {
    const orders = [anOrder('order-1', { accepted: [], acceptedAt: undefined })]

    expect(faultsOf({ orders, ledger: [], records: recordedAt({}), notifications: [] })).toEqual([])
  })

  it('is at fault when its customer was never told', () => {
    expect(faultsOf({ notifications: [] })).toEqual([
      'order order-1 of c-order-1 was charged, and its customer never told',
    ])
  })

  it('may be told twice, which is counted', () => {
    const twice = wellDone({ notifications: [aNotification('order-1'), aNotification('order-1')] })

    expect(judge(twice)).toMatchObject({ faults: [], figures: { notifiedOnce: 0, notifiedMore: 1 } })
  })

  it('is at fault when the wrong customer was told', () => {
    expect(faultsOf({ notifications: [{ ...aNotification('order-1'), customer: 'Eve' }] })).toEqual([
      'order order-1 of c-order-1 was told to another',
    ])
  })

  it('is at fault as a dead letter, since all of them are good', () => {
    const letter = deadLetterOf(orderRecord('order-1', 5), {
      condition: 'RetriesExhausted',
      reason: undefined,
    })

    expect(
      faultsOf({
        ledger: [],
        records: recordedAt({}),
        notifications: [],
        deadLetters: [deadLetterOf(garbage), letter],
      }),
    ).toEqual(['order order-1 of c-order-1 is good, and a dead letter: RetriesExhausted '])
  })

  it('that contradicts itself is charged once, and a dead letter with the other content', () => {
    const orders = [anOrder('order-1', { accepted: [5, 6] })]
    const conflict = deadLetterOf(orderRecord('order-1', 6), { condition: 'Conflict' })

    expect(faultsOf({ orders, deadLetters: [deadLetterOf(garbage), conflict] })).toEqual([])
    expect(faultsOf({ orders })).toEqual([
      'order order-1 of c-order-1 was accepted (amount 6), and neither charged nor a dead letter',
    ])
  })

  it('is at fault when nobody ordered it', () => {
    expect(
      faultsOf({
        ledger: [aCall('order-1'), aCall('order-2')],
        records: recordedAt({ 'order-1': 1_150, 'order-2': 1_150 }),
      }),
    ).toEqual(['order order-2 was charged, and nobody ordered it'])
  })
})

describe('a charge', () => {
  const second = { receivedAt: 3_000, at: 3_010 }

  it('may be asked for again, with its key, before it was recorded', () => {
    const repeated = aCall('order-1', { ...second, outcome: 'repeated', status: 200 })
    const records = recordedAt({ 'order-1': 3_050 })

    expect(faultsOf({ ledger: [aCall('order-1', { status: 500 }), repeated], records })).toEqual([])
  })

  it('must not be asked for again after it was recorded', () => {
    const repeated = aCall('order-1', { ...second, outcome: 'repeated', status: 200 })

    expect(faultsOf({ ledger: [aCall('order-1'), repeated] })).toEqual([
      'order order-1 was asked for at the gateway 1850 ms after the table had its charge',
    ])
  })

  it('must be recorded', () => {
    expect(faultsOf({ records: recordedAt({}) })).toEqual([
      'order order-1 was charged, and the table has no record of it',
    ])
  })

  it('is at fault when it was made twice, whatever the reason', () => {
    const ledger = [aCall('order-1', { status: 500 }), aCall('order-1', second)]

    expect(faultsOf({ ledger, records: recordedAt({ 'order-1': 3_050 }) })).toEqual([
      'order order-1 was charged twice: failed after the charge',
    ])
  })

  describe('that a gateway made twice since it ignores keys', () => {
    const twice = (first: Partial<LedgerEntry>, changes: Partial<Evidence> = {}) => {
      const records = recordedAt({ 'order-1': 3_050 })
      const ledger = [aCall('order-1', first), aCall('order-1', second)]
      return judge(wellDone({ ledger, records, ignoreKeys: true, ...changes }))
    }

    it.each([
      ['failed after the charge', { status: 500 }, {}],
      ['never answered', { status: null }, {}],
      ['killed before the record', {}, { killedAt: [1_500] }],
      ['the table did not take the record', {}, { tableAway: [{ from: 1_500, to: 2_900 }] }],
    ] as const)('is explained: %s', (reason, first, changes) => {
      const { faults, figures } = twice(first, changes)

      expect(faults).toEqual([])
      expect(figures).toMatchObject({ chargedTwice: 1, repeatedCalls: { [reason]: 1, unexplained: 0 } })
    })

    it('is explained by a table that is slower than a claim lasts, and not by one that is faster', () => {
      const askedAfter = (ms: number) => ({
        askedAt: new Map([['order-1', 3_000 - ms]]),
        recordedAt: new Map([['order-1', 3_050]]),
      })
      const early = { receivedAt: 900, at: 910 }

      expect(twice(early, { records: askedAfter(2_000) }).faults).toEqual([])
      expect(twice(early, { records: askedAfter(1_999) }).faults).toEqual([
        'order order-1 was charged twice: nothing explains it',
      ])
    })

    it.each([
      ['before the first call', 1_050],
      ['after the second call', 3_020],
    ])('is not explained by a kill %s', (_, at) => {
      expect(twice({}, { killedAt: [at] }).faults).toEqual([
        'order order-1 was charged twice: nothing explains it',
      ])
    })
  })
})

describe('garbage', () => {
  it('is at fault when it is no dead letter', () => {
    expect(faultsOf({ deadLetters: [] })).toEqual(['garbage orders-1@7 is no dead letter'])
  })

  it.each<[string, string, Partial<RawRecord>]>([
    ['value', 'by a byte', { value: Buffer.from('not jsoN') }],
    ['value', 'of none', { value: null }],
    ['key', 'of none', { key: null }],
    ['headers', 'that are missing', { headers: [] }],
    ['headers', 'by a byte', { headers: [['name', Buffer.from([0xfe])]] }],
    ['headers', 'by a name', { headers: [['Name', Buffer.from([0xff])]] }],
  ])('is at fault when its dead letter has another %s, %s', (what, _, changes) => {
    const letter = deadLetterOf(garbage, { record: someGarbage(changes) })

    expect(faultsOf({ deadLetters: [letter] })).toEqual([
      `garbage orders-1@7 has another ${what} as a dead letter`,
    ])
  })

  it('is at fault when its dead letter lies under another key, or holds nothing', () => {
    expect(faultsOf({ deadLetters: [deadLetterOf(garbage, { key: null })] })).toEqual([
      'garbage orders-1@7 has another key of its own as a dead letter',
    ])
    expect(faultsOf({ deadLetters: [deadLetterOf(garbage, { record: undefined })] })).toEqual([
      'garbage orders-1@7 has another content (none at all) as a dead letter',
    ])
  })

  it('may be a dead letter twice, which is counted', () => {
    const twice = wellDone({ deadLetters: [deadLetterOf(garbage), deadLetterOf(garbage)] })

    expect(judge(twice)).toMatchObject({ faults: [], figures: { deadMoreThanOnce: 1 } })
  })

  it('is at fault when Kafka had it and it is gone', () => {
    expect(faultsOf({ garbage: [], garbageWritten: ['orders-0@1'] })).toEqual([
      'garbage orders-0@1 was acknowledged, and is not on its topic',
    ])
  })
})

it('finds a group that has not committed everything', () => {
  expect(faultsOf({ lag: { 'payment_service orders-0': 3, 'payment_service orders-1': 0 } })).toEqual([
    'payment_service orders-0 has not committed 3 records',
  ])
})
