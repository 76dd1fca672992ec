import type { KafkaRecord } from '../../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { lambdaEvent } from '../../plugins/kafka-event-source/src/event/lambdaEvent.ts'

/** A record of an order that was given up. */
export const sampleRecord = (record: Partial<KafkaRecord> = {}): KafkaRecord => ({
  topic: 'orders',
  partition: 0,
  offset: 7,
  timestamp: 1_700_000_000_000,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('o-1'),
  value: Buffer.from('{"order_id":"o-1"}'),
  headers: [],
  ...record,
})

interface Told {
  condition?: string
  reason?: string
  /** Without the record, as for a topic that is too small for it. */
  bare?: boolean
}

/** The value that a function, or with other conditions the mapping, writes to the topic of dead letters. */
export function deadLetterOf(
  record: KafkaRecord,
  { condition = 'InvalidRecord', reason, bare = false }: Told = {},
): Buffer {
  const { topic, partition, offset, timestamp } = record
  const payload = lambdaEvent([record], { bootstrapServers: 'localhost:9092' })
  return Buffer.from(
    JSON.stringify({
      requestContext: {
        requestId: '0b0d6e3b-6d5c-4a1d-9d0e-3f6a4b8b1c11',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders-on-kafka-dev-payment:$LATEST',
        condition,
        approximateInvokeCount: 1,
        reason,
      },
      version: '1.0',
      timestamp: new Date(timestamp).toISOString(),
      KafkaBatchInfo: {
        batchSize: 1,
        bootstrapServers: 'localhost:9092',
        payloadSize: JSON.stringify(payload).length,
        recordInfo: {
          ...(bare && { topic, partition }),
          offset: String(offset),
          timestamp: new Date(timestamp).toISOString(),
        },
      },
      ...(!bare && { payload }),
    }),
  )
}
