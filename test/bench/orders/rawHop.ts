import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'

// One hop of the raw path: reads a topic, and writes what it reads to another, or prints the customer of each record.

export interface RawHopSettings {
  brokers: string
  from: string
  /** The last hop has none. */
  to?: string
}

stopIdleTimers()
const { brokers, from, to } = JSON.parse(process.argv[2] ?? '{}') as RawHopSettings
const kafka = new Kafka({ clientId: 'raw-hop', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
if (to !== undefined) await producer.connect()
// It waits for records as long as the mapping's consumer does.
const consumer = kafka.consumer({ groupId: from, maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topic: from, fromBeginning: true })
await consumer.run({
  autoCommitInterval: 100,
  eachBatch: async ({ batch: { messages } }) => {
    if (to !== undefined) {
      await producer.send({
        topic: to,
        messages: messages.map(({ key, value }) => ({ key, value })),
        acks: -1,
      })
      return
    }
    for (const { value } of messages) process.stdout.write(`${JSON.parse(String(value)).customer}\n`)
  },
})
