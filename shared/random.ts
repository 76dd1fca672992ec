import { randomBytes } from 'node:crypto'

/** As many as are fetched at once: a call costs 10 to 20 µs, whether it is for 16 bytes or for all of these. */
const BYTES = 4_096

let bytes = Buffer.alloc(0)
let used = 0

/** So many random bytes that nobody else gets, {@link BYTES} at most. */
export function someRandomBytes(count: number): Buffer {
  if (used + count > bytes.length) {
    // Those that were given away stay as they are.
    bytes = randomBytes(BYTES)
    used = 0
  }
  used += count
  return bytes.subarray(used - count, used)
}
