import fc from 'fast-check'
import { anOrder } from './orders.ts'

/** A record that is no order, on whatever topic. */
export interface GarbageRecord {
  /** What is wrong with it, for the names of tests. */
  what: string
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, Buffer>
}

const NESTING = 100_000
const HUGE_BYTES = 900_000

const text = (json: string): Buffer => Buffer.from(json)
const changed = (changes: Record<string, unknown>): Buffer =>
  text(JSON.stringify({ ...anOrder('garbage'), ...changes }))
/** Of an order with the JSON text of one field in place of what JSON.stringify would write. */
const withAmount = (amount: string): Buffer =>
  text(JSON.stringify(anOrder('garbage')).replace('12.5', amount))

const VALUES: readonly [what: string, value: Buffer | null][] = [
  ['a tombstone', null],
  ['nothing', Buffer.alloc(0)],
  ['blanks', text(' \n ')],
  ['text that is not JSON', text('not JSON')],
  ['JSON that is cut short', text('{"order_id":"garbage","customer"')],
  ['JSON with a comma too many', text('{"order_id":"garbage",}')],
  ['two JSON texts', text(`${changed({})}${changed({})}`)],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ['UTF-8 in too many bytes', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ['half of a surrogate pair as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ['UTF-16', Buffer.from(JSON.stringify(anOrder('garbage')), 'utf16le')],
  ['zeros', Buffer.alloc(64)],
  ['compressed data', Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0])],
  ['a JSON null', text('null')],
  ['a number', text('7')],
  ['a text', text('"order"')],
  ['an array', text('[]')],
  ['an array with an order', text(`[${changed({})}]`)],
  ['an empty object', text('{}')],
  ['an order without id', changed({ order_id: undefined })],
  ['an order with an empty id', changed({ order_id: '' })],
  ['an order whose id is a number', changed({ order_id: 7 })],
  ['an order whose id is an object', changed({ order_id: { toString: 'x' } })],
  ['an order whose id has half of a surrogate pair', changed({ order_id: 'o-\ud800' })],
  ['an order whose customer has half of a surrogate pair', changed({ customer: '\udc00' })],
  ['an order without customer', changed({ customer: undefined })],
  ['an order whose customer is null', changed({ customer: null })],
  ['an order without amount', changed({ amount: undefined })],
  ['an amount that is text', changed({ amount: '12.5' })],
  ['an amount of 0', changed({ amount: 0 })],
  ['an amount of -0', withAmount('-0')],
  ['an amount below 0', changed({ amount: -1 })],
  ['an amount past all numbers', withAmount('1e400')],
  ['an amount that is NaN', withAmount('NaN')],
  ['an amount that is Infinity', withAmount('Infinity')],
  ['a status of no topic', changed({ status: 'shipped' })],
  ['a status that is missing', changed({ status: undefined })],
  ['an order in __proto__ only', text(`{"__proto__":${changed({})}}`)],
  ['an order in constructor.prototype only', text(`{"constructor":{"prototype":${changed({})}}}`)],
  ['arrays in arrays', text('['.repeat(NESTING) + ']'.repeat(NESTING))],
  ['arrays without an end', text('['.repeat(NESTING))],
  ['objects in objects', text('{"order_id":'.repeat(NESTING) + 1 + '}'.repeat(NESTING))],
  ['a huge value', Buffer.alloc(HUGE_BYTES, 'x')],
  ['a huge order of another shape', changed({ customer: ['x'.repeat(HUGE_BYTES)] })],
]

const KEYS: readonly (Buffer | null)[] = [
  null,
  Buffer.alloc(0),
  Buffer.from('garbage'),
  Buffer.from([0xff, 0x00, 0x0a]),
  Buffer.from('__proto__'),
  Buffer.from('a\nb\u001b[31m'),
  Buffer.alloc(1_000, 'k'),
]

const HEADERS: readonly Record<string, Buffer>[] = [
  {},
  { traceparent: Buffer.from('not a trace') },
  { 'correlation-id': Buffer.from('a\r\nERROR forged') },
  { '': Buffer.alloc(0), constructor: Buffer.from([0xff]) },
  { h: Buffer.alloc(10_000, 'h') },
]

/** One of each kind, with all kinds of keys and headers in turn. Each is garbage on `orders` and on `order_status`. */
export const garbageRecords: readonly GarbageRecord[] = VALUES.map(([what, value], index) => ({
  what,
  value,
  key: KEYS[index % KEYS.length] ?? null,
  headers: HEADERS[index % HEADERS.length] ?? {},
}))

/** Any bytes, any JSON, or an order with one field that is anything; by chance, it may be an order after all. */
export const anyValue: fc.Arbitrary<Buffer | null> = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ stringUnit: 'binary' }).map(text),
  fc
    .tuple(fc.constantFrom('order_id', 'customer', 'amount', 'status', '__proto__', 'more'), fc.json())
    .map(([field, json]) =>
      text(JSON.stringify(anOrder('garbage')).replace('{', () => `{${JSON.stringify(field)}:${json},`)),
    ),
  fc
    .tuple(fc.constantFrom('order_id', 'customer', 'amount', 'status'), fc.json({ stringUnit: 'binary' }))
    .map(([field, json]) => changed({ [field]: JSON.parse(json) })),
  fc
    .string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) })
    .map((order_id) => changed({ order_id })),
)
