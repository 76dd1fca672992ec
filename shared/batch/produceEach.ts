import { RecordRefusedError } from '../errors.ts'
import type { OutgoingRecord } from '../kafka/producer.ts'

/**
 * A call carries less than what brokers take at once by default (`message.max.bytes` of Kafka, 1,048,588 bytes), in case
 * all of it goes to one partition.
 */
const MOST_BYTES_OF_A_CALL = 1_000_000
/** What a record adds beside its own bytes, at most. */
const FRAME_BYTES = 100

/**
 * Sends the records in one call where they fit, otherwise in several one after the other, so that their order holds.
 * A call that the brokers refuse for good is sent again in halves, until the records stand alone that they refuse; the
 * first that fails otherwise ends the sending.
 * @returns for each record the error that kept it from being written, or undefined
 */
export async function produceEach(
  records: readonly OutgoingRecord[],
  send: (records: readonly OutgoingRecord[]) => Promise<void>,
): Promise<unknown[]> {
  const errors = new Array<unknown>(records.length)
  let ended: { error: unknown } | undefined

  async function sendRange(from: number, to: number): Promise<void> {
    if (ended) {
      errors.fill(ended.error, from, to)
      return
    }
    try {
      await send(records.slice(from, to))
    } catch (error) {
      const refused = error instanceof RecordRefusedError
      if (refused && to - from > 1) {
        const middle = Math.ceil((from + to) / 2)
        await sendRange(from, middle)
        await sendRange(middle, to)
        return
      }
      errors.fill(error, from, to)
      if (!refused) ended = { error }
    }
  }

  for (const [from, to] of calls(records)) await sendRange(from, to)
  return errors
}

/** The records in their order, cut into runs that fit into a call; one that is too large stands alone. */
function calls(records: readonly OutgoingRecord[]): [from: number, to: number][] {
  const runs: [number, number][] = []
  let from = 0
  let bytes = 0
  for (const [index, record] of records.entries()) {
    const more = bytesOf(record)
    if (index > from && bytes + more > MOST_BYTES_OF_A_CALL) {
      runs.push([from, index])
      from = index
      bytes = 0
    }
    bytes += more
  }
  if (records.length > from) runs.push([from, records.length])
  return runs
}

function bytesOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = FRAME_BYTES + Buffer.byteLength(key ?? '') + Buffer.byteLength(value)
  for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '')
  return bytes
}
