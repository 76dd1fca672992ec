import { Kafka, logLevel } from 'kafkajs'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'
import { keyPartitioner } from '../../../shared/kafka/keyPartitioner.ts'
import type { OrderEvent } from './orderEvents.ts'

stopIdleTimers()

/** What payment writes, without all that it does for it: decode, parse, another status, one `sendBatch` for all records. */
export async function rawPayment(brokers: string): Promise<(event: OrderEvent) => Promise<void>> {
  const kafka = new Kafka({
    clientId: 'raw',
    brokers: brokers.split(','),
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: keyPartitioner,
    retry: { retries: 0 },
  })
  await producer.connect()
  return async (event) => {
    const messages = Object.values(event.records)
      .flat()
      .map(({ value }) => {
        const order = JSON.parse(Buffer.from(String(value), 'base64').toString())
        return {
          key: null,
          value: JSON.stringify({ ...order, status: 'paid' }),
          headers: { 'content-type': 'application/json' },
        }
      })
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic: 'order_status', messages }] })
  }
}
