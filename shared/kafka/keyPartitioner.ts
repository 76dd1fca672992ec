import { type ICustomPartitioner, Partitioners } from 'kafkajs'

/**
 * Chooses partitions as KafkaJS's default and Java's producer do. Keys are hashed here, since KafkaJS takes more than a
 * second for a key of 100 kB, in which nothing else runs.
 */
export const keyPartitioner: ICustomPartitioner = () => {
  const standard = Partitioners.DefaultPartitioner()
  return (args) => {
    const { key, partition } = args.message
    if (key === null || key === undefined || typeof partition === 'number') return standard(args)
    return (murmur2(Buffer.from(key)) & 0x7fffffff) % args.partitionMetadata.length
  }
}

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** The 32-bit hash of Kafka's keys (`org.apache.kafka.common.utils.Utils.murmur2`). */
function murmur2(bytes: Buffer): number {
  let hash = SEED ^ bytes.length
  let index = 0
  for (; index + 4 <= bytes.length; index += 4) {
    let word = Math.imul(bytes.readInt32LE(index), MULTIPLIER)
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ word
  }
  if (index < bytes.length) {
    hash ^= bytes.readUIntLE(index, bytes.length - index)
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}
