import { randomUUID } from 'node:crypto'
import {
  Consumer,
  compatibilityPartitioner,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringSerializers,
} from '@platformatic/kafka'
import { type KafkaClient, MAX_WAIT_MS, Stopwatch } from './kafkaClient.ts'

/** With the partitioner that chooses as KafkaJS and Java do; its default is another. */
export async function platformatic(brokers: string): Promise<KafkaClient> {
  const options = { clientId: 'bench', bootstrapBrokers: brokers.split(',') }
  const producer = new Producer({
    ...options,
    serializers: stringSerializers,
    partitioner: compatibilityPartitioner,
    autocreateTopics: false,
  })
  return {
    async send(topic, records) {
      await producer.send({
        messages: records.map(({ key, value, headers }) => ({ topic, key, value, headers })),
        acks: ProduceAcks.ALL,
      })
    },
    async drain(topic, records) {
      const stopwatch = new Stopwatch(records)
      const consumer = new Consumer({ ...options, groupId: `platformatic-${randomUUID()}` })
      consumer.on('consumer:group:join', () => stopwatch.begin())
      const stream = await consumer.consume({
        topics: [topic],
        mode: MessagesStreamModes.EARLIEST,
        autocommit: false,
        maxWaitTime: MAX_WAIT_MS,
      })
      stream.on('data', () => stopwatch.saw(1))
      const tookMs = await stopwatch.tookMs
      await consumer.close(true)
      return tookMs
    },
  }
}
