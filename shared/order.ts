import { InvalidRecordError } from './errors.ts'
import * as z from './zod.ts'

/** Half of a surrogate pair has no UTF-8: two ids that differ in it would be one key, in Kafka and in the table. */
const wellFormed = z
  .string()
  .check(z.refine((text) => text.isWellFormed(), 'must not contain half of a surrogate pair'))

/**
 * An order as it stands on the topics `orders` (status `pending`) and `order_status` (status `paid`): one JSON object
 * a record. Other programs read and write it too, so fields in another order and further fields are fine.
 */
const orderSchema = z.object({
  order_id: wellFormed.check(z.minLength(1)),
  customer: wellFormed,
  amount: z.number().check(z.positive()),
  status: z.string(),
})

export type Order = z.infer<typeof orderSchema>

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
  const parsed = orderSchema.safeParse(parseJson(value))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') || 'the record'
    throw new InvalidRecordError(`${field}: ${issue?.message ?? 'not an order'}`)
  }
  if (parsed.data.status !== status) throw new InvalidRecordError(`status: must be "${status}" on this topic`)
  return parsed.data
}

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
