import { expect, it } from '@jest/globals'
import { Kafka, logLevel } from 'kafkajs'
import { stopIdleTimers } from '../../../../shared/kafka/kafkaJsTimers.ts'

stopIdleTimers()

it('gives the integration tests a broker in KAFKA_BROKERS', async () => {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()

  const cluster = await admin.describeCluster()

  await admin.disconnect()
  expect(cluster.brokers).toHaveLength(1)
})
