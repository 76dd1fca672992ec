// The least that a function needs to write a record with KafkaJS.

import { Kafka } from 'kafkajs'

const producer = new Kafka({ clientId: 'minimal', brokers: ['127.0.0.1:9092'] }).producer()

export const handler = async (value: string): Promise<void> => {
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value }] })
}
