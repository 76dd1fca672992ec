import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { GarbageRecord } from './garbagePlan.ts'
import { placeOf } from './topicRecords.ts'

const PAUSE_MS = 500

/**
 * Writes each record at its time, again until Kafka has it, so that it may be there more than once.
 * @returns where they are, in the order of the plan, see `placeOf`
 */
export async function writeGarbage(brokers: string, plan: readonly GarbageRecord[]): Promise<string[]> {
  const kafka = new Kafka({ clientId: 'garbage', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  const startedAt = performance.now()

  async function write({ topic, partition, key, value, headers }: GarbageRecord): Promise<string> {
    for (;;) {
      try {
        const [written] = await producer.send({
          topic,
          acks: -1,
          messages: [{ partition, key, value, headers }],
        })
        return placeOf({ topic, partition, offset: Number(written?.baseOffset) })
      } catch {
        // Whether it was written is not known; once more does no harm.
        await pause(PAUSE_MS)
      }
    }
  }

  await producer.connect()
  const places = await Promise.all(
    plan.map(async (record) => {
      await pause(Math.max(0, startedAt + record.atMs - performance.now()))
      return write(record)
    }),
  )
  await producer.disconnect()
  return places
}
