import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'
import { keyPartitioner } from '../../../shared/kafka/keyPartitioner.ts'
import { type KafkaClient, MAX_WAIT_MS, Stopwatch } from './kafkaClient.ts'

stopIdleTimers()

/** With the functions' partitioner and their mending of its timers. */
export async function kafkaJs(brokers: string): Promise<KafkaClient> {
  const kafka = new Kafka({ clientId: 'bench', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: keyPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  return {
    async send(topic, messages) {
      await producer.send({ topic, messages, acks: -1 })
    },
    async drain(topic, records) {
      const stopwatch = new Stopwatch(records)
      const consumer = kafka.consumer({ groupId: `kafkajs-${randomUUID()}`, maxWaitTimeInMs: MAX_WAIT_MS })
      consumer.on(consumer.events.GROUP_JOIN, () => stopwatch.begin())
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch: { messages } }) => stopwatch.saw(messages.length),
      })
      const tookMs = await stopwatch.tookMs
      await consumer.disconnect()
      return tookMs
    },
  }
}
