import Encoder from 'kafkajs/src/protocol/encoder.js'

type EncoderInstance = InstanceType<typeof Encoder>

const original = {
  nextPowerOfTwo: Encoder.nextPowerOfTwo,
  writeVarLong: Encoder.prototype.writeVarLong,
  sizeOfVarLong: Encoder.sizeOfVarLong,
}

/**
 * Takes from KafkaJS 2.2.4 what makes the encoding of records slow, which is the most of what it does; the bytes stay the same.
 * KafkaJS makes an encoder for each record and for each of its headers, with 512 bytes of zeros in each, and copies one into
 * the other by way of a view. For each of a record's eight numbers of variable length it makes an array and a buffer, and
 * several BigInts for the one that may have 64 bits. Calling it again changes nothing.
 */
export function encodeQuickly(): void {
  Object.assign(Encoder.prototype, {
    ensureAvailable,
    writeEncoder,
    writeEncoderArray,
    writeUVarInt,
    writeVarLong,
  })
  Object.assign(Encoder, { nextPowerOfTwo: firstSize, sizeOfVarLong })
}

/** Its constructor is the only one to ask: an encoder begins with nothing, and takes what it needs. */
const firstSize = (): number => 0

const LEAST_BYTES = 64

/** Larger by powers of two, from Node's pool where that has room. No byte is read before it is written. */
function ensureAvailable(this: EncoderInstance, bytes: number): void {
  const needed = this.offset + bytes
  if (needed <= this.buf.length) return
  const larger = Buffer.allocUnsafe(Math.max(LEAST_BYTES, original.nextPowerOfTwo(needed)))
  this.buf.copy(larger, 0, 0, this.offset)
  this.buf = larger
}

function writeEncoder(this: EncoderInstance, other: EncoderInstance): EncoderInstance {
  this.ensureAvailable(other.offset)
  other.buf.copy(this.buf, this.offset, 0, other.offset)
  this.offset += other.offset
  return this
}

function writeEncoderArray(this: EncoderInstance, others: readonly EncoderInstance[]): EncoderInstance {
  for (const other of others) this.writeEncoder(other)
  return this
}

const MOST_BYTES_OF_UVARINT = 5

/** Seven bits a byte, the lowest first; all bytes but the last have the eighth bit. */
function writeUVarInt(this: EncoderInstance, value: number): EncoderInstance {
  this.ensureAvailable(MOST_BYTES_OF_UVARINT)
  let rest = value >>> 0
  while (rest > 0x7f) {
    this.buf[this.offset++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  this.buf[this.offset++] = rest
  return this
}

function writeVarLong(this: EncoderInstance, value: number | bigint): EncoderInstance {
  return isSmall(value) ? this.writeVarInt(value) : original.writeVarLong.call(this, value)
}

function sizeOfVarLong(value: number | bigint): number {
  return isSmall(value) ? Encoder.sizeOfVarInt(value) : original.sizeOfVarLong.call(Encoder, value)
}

/** Whether 32 bits are enough for it when the sign is the lowest of them. */
const isSmall = (value: number | bigint): value is number =>
  typeof value === 'number' && value >= -(2 ** 30) && value < 2 ** 30
