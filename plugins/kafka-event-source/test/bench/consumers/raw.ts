import { kafkaClient } from '../../../src/kafka/kafkaClient.ts'
import { silentLog } from '../../helpers/log.ts'
import { consumerSettings } from './settings.ts'

// A KafkaJS consumer with a record loop and nothing else.

const { brokers, topic, groupId, handler } = consumerSettings()
const kafka = kafkaClient({ brokers: [brokers], ssl: false }, 'raw', silentLog)
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  eachBatch: async ({ batch }) => {
    const now = performance.timeOrigin + performance.now()
    if (handler === 'latency') {
      for (const { value } of batch.messages)
        process.stdout.write(`${now - JSON.parse(String(value)).sentAt}\n`)
    } else {
      for (const { value } of batch.messages) JSON.parse(String(value))
      process.stdout.write(`${batch.messages.length}\n`)
    }
  },
})
