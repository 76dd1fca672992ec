// The least that a function needs to write a record with @platformatic/kafka.

import { ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka'

const producer = new Producer({
  clientId: 'minimal',
  bootstrapBrokers: ['127.0.0.1:9092'],
  serializers: stringSerializers,
})

export const handler = async (value: string): Promise<void> => {
  await producer.send({ messages: [{ topic: 'orders', value }], acks: ProduceAcks.ALL })
}
