import { type Random, seededRandom } from './random.ts'

/** A record that no function can make anything of. */
export interface GarbageRecord {
  topic: 'orders' | 'order_status'
  partition: number
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, (Buffer | string)[]>
  /** In milliseconds from the begin of the load. */
  atMs: number
}

type Content = Pick<GarbageRecord, 'value'> & Partial<Pick<GarbageRecord, 'key' | 'headers'>>
type Kind = (token: string, status: string) => Content

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const order = (token: string, changes: object) =>
  json({ order_id: token, customer: 'garbage', amount: 1, status: 'pending', ...changes })

/** @param status the one that belongs on the topic */
const COMMON: readonly [Kind, ...Kind[]] = [
  (token) => ({ value: Buffer.from(`not json ${token}`) }),
  (token) => ({ value: Buffer.from(`{"order_id":"${token}"`) }),
  (token) => ({ value: json([token]) }),
  (token) => ({ value: json({ order_id: token }) }),
  (token, status) => ({ value: order(token, { status, amount: '12' }) }),
  (token, status) => ({ value: order(token, { status, amount: -1 }) }),
  (token, status) => ({ value: order(token, { status, order_id: '' }) }),
  (token) => ({ value: order(token, { status: 'refunded' }) }),
  (token, status) => ({ value: order(token, { status: status === 'paid' ? 'pending' : 'paid' }) }),
  (token) => ({ value: null, key: Buffer.from(token) }),
  () => ({ value: null, key: null }),
  () => ({ value: Buffer.alloc(0) }),
  (token) => ({ value: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(token)]) }),
  (token) => ({ value: Buffer.from(token), key: Buffer.from([0xff, 0x00, 0x80]) }),
  (token) => ({
    value: Buffer.from(token),
    headers: { constructor: [token], zoë: ['ü', Buffer.from([0xff, 0x80]), ''], '1': ['one'] },
  }),
]

const LARGE: readonly [Kind, ...Kind[]] = [
  (token) => ({ value: Buffer.from(token.padEnd(900_000, 'x')) }),
  (token) => ({ value: Buffer.from(token), headers: { large: [Buffer.alloc(300_000, token)] } }),
]

/** Of the garbage. */
const LARGE_SHARE = 0.01
const LEAST_LARGE = 4
const PARTITIONS = 3

export interface GarbagePlanOptions {
  records: number
  durationMs: number
  /** Ids of good orders: some garbage has such a key, and so stands in the row of that order. */
  orderIds: readonly [string, ...string[]]
  seed: string
}

/** The garbage of a run in the order of its times, on both topics and all partitions. */
export function planGarbage({ records, durationMs, orderIds, seed }: GarbagePlanOptions): GarbageRecord[] {
  const random = seededRandom(`${seed} garbage`)
  const large = Math.max(LEAST_LARGE, Math.round(records * LARGE_SHARE))
  const betweenLarge = Math.max(1, Math.floor(records / large))
  return Array.from({ length: records }, (_, index) => {
    const topic = random.oneOf(['orders', 'order_status'] as const)
    const kinds = index % betweenLarge === betweenLarge - 1 ? LARGE : COMMON
    const content = random.oneOf(kinds)(`garbage-${seed}-${index}`, topic === 'orders' ? 'pending' : 'paid')
    return {
      topic,
      partition: random.integer(0, PARTITIONS),
      key: keyOf(random, orderIds),
      headers: {},
      ...content,
      atMs: (index * durationMs) / records,
    }
  })
}

function keyOf(random: Random, orderIds: GarbagePlanOptions['orderIds']): Buffer | null {
  return random.chance(0.5) ? Buffer.from(random.oneOf(orderIds)) : null
}
