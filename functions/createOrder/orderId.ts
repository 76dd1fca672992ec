import { createHash } from 'node:crypto'
import { stringify, v7 } from 'uuid'
import { someRandomBytes } from '../../shared/random.ts'

/** Who calls and how the call can be recognised when it is repeated. */
export interface RequestIdentity {
  /** The authorizer's subject; empty without an authorizer. */
  caller: string
  idempotencyKey: string | undefined
}

/**
 * The id of an order that came without one. With an idempotency key it is the same for each repetition of the call,
 * over deploys too; without one it is new.
 */
export function orderIdFor({ caller, idempotencyKey }: RequestIdentity): string {
  return idempotencyKey === undefined
    ? v7({ random: someRandomBytes(16) })
    : uuidFrom(JSON.stringify([caller, idempotencyKey]))
}

/** A UUID version 8 (RFC 9562, section 5.8) from the first 122 free bits of a SHA-256. */
function uuidFrom(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return stringify(bytes)
}
