import { InvalidRecordError } from './errors.ts'

/**
 * An order as it stands on the topics `orders` (status `pending`) and `order_status` (status `paid`): one JSON object
 * a record. Other programs read and write it too, so fields in another order and further fields are fine.
 */
export interface Order {
  order_id: string
  customer: string
  amount: number
  status: string
}

/** An order's record, with its fields in the order that the wire format names them in. */
export function encodeOrder({ order_id, customer, amount, status }: Order): string {
  return JSON.stringify({ order_id, customer, amount, status })
}

/**
 * Reads the value of a record.
 * @param value the record's bytes; null is a tombstone
 * @param status the only status that belongs on the topic
 * @throws InvalidRecordError that says what is wrong, without the payload
 */
export function decodeOrder(value: Uint8Array | null, status: string): Order {
  if (value === null) throw new InvalidRecordError('the record is a tombstone (it has no value)')
  return orderOf(parseJson(value), status)
}

/** Each order passes here, twice; a schema would take as long as the parser of JSON. */
function orderOf(read: unknown, onlyStatus: string): Order {
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new InvalidRecordError('the record: must be a JSON object')
  }
  const { order_id, customer, amount, status } = read as Record<string, unknown>
  if (!isText(order_id) || order_id === '') {
    throw new InvalidRecordError(`order_id: ${MUST_BE_TEXT}, and not empty`)
  }
  if (!isText(customer)) throw new InvalidRecordError(`customer: ${MUST_BE_TEXT}`)
  if (typeof amount !== 'number' || !Number.isFinite(amount) || amount <= 0) {
    throw new InvalidRecordError('amount: must be a number above 0')
  }
  if (status !== onlyStatus) throw new InvalidRecordError(`status: must be "${onlyStatus}" on this topic`)
  return { order_id, customer, amount, status: onlyStatus }
}

const MUST_BE_TEXT = 'must be text without half of a surrogate pair'

/** Half of a surrogate pair has no UTF-8: two ids that differ in it would be one key, in Kafka and in the table. */
const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed()

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseJson(value: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(value)
  } catch {
    throw new InvalidRecordError('the value is not UTF-8 text')
  }
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the payload, which does not belong in a log.
    throw new InvalidRecordError('the value is not JSON')
  }
}
