import type { KafkaRecord } from '../event/kafkaRecord.ts'
import { keyPartition } from './keyPartition.ts'

/** What goes to the topic for one failed record. */
export type DeadLetter = {
  readonly record: KafkaRecord
  /** The record's own: whoever reads by key finds its failures in one partition. */
  readonly key: Buffer | null
  /** The document as JSON text. */
  readonly value: string
}

export type TopicPartition = { readonly partition: number; readonly hasLeader: boolean }

/** Dead letters of one partition: the broker takes all of a request or nothing. */
export type ProduceRequest = { readonly partition: number; readonly letters: readonly DeadLetter[] }

/** Bytes around key and value in a request, and more. */
const RECORD_OVERHEAD = 64

/**
 * Chooses partitions as Kafka's clients do by default: keys by their hash over all partitions, keyless records in turn over
 * those that have a leader. `turn` is how many keyless records went before.
 */
export function choosePartitions(
  letters: readonly DeadLetter[],
  partitions: readonly TopicPartition[],
  turn: number,
): ReadonlyMap<number, readonly DeadLetter[]> {
  const led = partitions.filter(({ hasLeader }) => hasLeader)
  const inTurn = led.length > 0 ? led : partitions
  const chosen = new Map<number, DeadLetter[]>()
  let keyless = turn
  for (const letter of letters) {
    let partition: number
    if (letter.key !== null) partition = keyPartition(letter.key, partitions.length)
    else partition = (inTurn[keyless++ % inTurn.length] as TopicPartition).partition
    const others = chosen.get(partition)
    if (others === undefined) chosen.set(partition, [letter])
    else others.push(letter)
  }
  return chosen
}

/** Requests in order, none above `maxBytes` unless a single letter is. */
export function produceRequests(
  byPartition: ReadonlyMap<number, readonly DeadLetter[]>,
  maxBytes: number,
): ProduceRequest[] {
  const requests: ProduceRequest[] = []
  for (const [partition, letters] of byPartition) {
    let request: DeadLetter[] = []
    let bytes = 0
    for (const letter of letters) {
      const size = letterBytes(letter)
      if (request.length > 0 && bytes + size > maxBytes) {
        requests.push({ partition, letters: request })
        request = []
        bytes = 0
      }
      request.push(letter)
      bytes += size
    }
    requests.push({ partition, letters: request })
  }
  return requests
}

const letterBytes = ({ key, value }: DeadLetter): number =>
  (key?.length ?? 0) + Buffer.byteLength(value) + RECORD_OVERHEAD
