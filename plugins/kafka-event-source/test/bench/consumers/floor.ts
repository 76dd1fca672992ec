import { kafkaClient } from '../../../src/kafka/kafkaClient.ts'
import { silentLog } from '../../helpers/log.ts'
import { latency, printing, quiet } from '../handlers.ts'
import { consumerSettings } from './settings.ts'

// The same handler in the consumer's own process: events are objects of its own making, one batch after the other, a
// commit now and then. Nothing is isolated, retried, limited or looked at.

const { brokers, topic, groupId, batchSize, handler } = consumerSettings()
const run = { latency, printing, quiet }[handler]
const kafka = kafkaClient({ brokers: [brokers], ssl: false }, 'floor', silentLog)
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommitInterval: 100,
  eachBatch: async ({
    batch: { messages, partition },
    resolveOffset,
    commitOffsetsIfNecessary,
    heartbeat,
  }) => {
    for (let start = 0; start < messages.length; start += batchSize) {
      const records = messages.slice(start, start + batchSize).map(({ offset, timestamp, key, value }) => ({
        topic,
        partition,
        offset: Number(offset),
        timestamp: Number(timestamp),
        timestampType: 'CREATE_TIME',
        key: key?.toString('base64'),
        value: value?.toString('base64') ?? '',
        headers: [],
      }))
      await run({ records: { [`${topic}-${partition}`]: records } })
      resolveOffset(messages[Math.min(start + batchSize, messages.length) - 1]?.offset ?? '0')
      await commitOffsetsIfNecessary()
      await heartbeat()
    }
  },
})
