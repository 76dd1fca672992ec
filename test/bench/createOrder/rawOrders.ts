import { Kafka, logLevel } from 'kafkajs'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'
import { keyPartitioner } from '../../../shared/kafka/keyPartitioner.ts'
import type { NextOrder } from './environmentsProcess.ts'
import { orderRecord } from './orderRecord.ts'

stopIdleTimers()

/**
 * What createOrder writes, sent by a KafkaJS producer of its own: with the function's partitioner, which takes less time
 * than KafkaJS's, and with a single attempt.
 */
export async function rawOrders(brokers: string): Promise<NextOrder> {
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
  return () => {
    const record = orderRecord()
    return async () => {
      await producer.send({ topic: 'orders', acks: -1, messages: [record] })
    }
  }
}
