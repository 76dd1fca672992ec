import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'
import { encodeOrder } from '../../../shared/order.ts'
import { LineProcess } from './LineProcess.ts'
import type { OrderPath, Told } from './orderPath.ts'
import type { RawHopSettings } from './rawHop.ts'

stopIdleTimers()

export interface RawPathOptions {
  brokers: string
  told: Told
}

/** As many as the topics of the functions have. */
const PARTITIONS = 3

/**
 * KafkaJS alone, on topics of its own: one produce here, a consumer that writes what it reads to a second topic, and a
 * consumer that prints a line for each record. The two are processes of their own, as the mappings' functions are threads of
 * their own.
 */
export async function rawPath({ brokers, told }: RawPathOptions): Promise<OrderPath> {
  const run = randomUUID().slice(0, 8)
  const [taken, paid] = [`raw-orders-${run}`, `raw-status-${run}`]
  await using started = new AsyncDisposableStack()
  const kafka = new Kafka({ clientId: 'raw', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [taken, paid].map((topic) => ({ topic, numPartitions: PARTITIONS })),
    waitForLeaders: true,
  })
  await admin.disconnect()

  const hop = (settings: Omit<RawHopSettings, 'brokers'>) =>
    started.adopt(
      new LineProcess(new URL('rawHop.ts', import.meta.url), { brokers, ...settings }, told),
      (running) => running.kill(),
    )
  hop({ from: taken, to: paid })
  hop({ from: paid })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  started.defer(() => producer.disconnect())
  await producer.connect()

  const all = started.move()
  return {
    async send(customer) {
      const order = { order_id: randomUUID(), customer, amount: 12.5, status: 'pending' }
      const messages = [{ key: order.order_id, value: encodeOrder(order) }]
      await producer.send({ topic: taken, messages, acks: -1 })
    },
    close: () => all.disposeAsync(),
  }
}
