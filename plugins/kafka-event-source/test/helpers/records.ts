import * as fc from 'fast-check'
import type { KafkaRecord, RecordHeader } from '../../src/event/kafkaRecord.ts'

/** A record of topic `orders`; what matters to a test is given. */
export const aRecord = (changes: Partial<KafkaRecord> = {}): KafkaRecord => ({
  topic: 'orders',
  partition: 0,
  offset: 0,
  timestamp: 1_767_225_600_000,
  timestampType: 'CREATE_TIME',
  key: null,
  value: Buffer.from('value'),
  headers: [],
  ...changes,
})

/** Records of one partition at these offsets. */
export const recordsAt = (partition: number, offsets: readonly number[]): KafkaRecord[] =>
  offsets.map((offset) => aRecord({ partition, offset }))

const bytes = fc.option(fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)))

/** Any record of `topic`. */
export const anyRecord: fc.Arbitrary<KafkaRecord> = fc.record({
  topic: fc.constantFrom('orders', 'order_status', 'a.b-1'),
  partition: fc.nat(12),
  offset: fc.nat(),
  timestamp: fc.constantFrom(-1, 0, 1_767_225_600_000),
  timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
  key: bytes,
  value: bytes,
  headers: fc.array(
    fc.tuple(fc.string({ unit: 'binary', maxLength: 5 }), bytes) as fc.Arbitrary<RecordHeader>,
    {
      maxLength: 4,
    },
  ),
})
