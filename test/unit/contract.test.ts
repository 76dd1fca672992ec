import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { KafkaRecord } from '../../plugins/kafka-event-source/src/event/kafkaRecord.ts'
import { lambdaEventText } from '../../plugins/kafka-event-source/src/event/lambdaEvent.ts'
import { batchOutcome } from '../../plugins/kafka-event-source/src/polling/batchOutcome.ts'
import { batchHandler } from '../../shared/batch/batchHandler.ts'
import { readKafkaEvent } from '../../shared/batch/kafkaEvent.ts'
import { RetryableError } from '../../shared/errors.ts'
import { FakeLogger, FakeMetrics, FakeProducer } from '../helpers/fakes.ts'
import { aContext } from '../helpers/lambda.ts'

// The plugin and the functions share no code, only Lambda's protocol. Here each reads what the other writes.

const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array))
const headerName = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 8 })
  .filter((name) => name !== '__proto__')

/** Records as they come from a topic: offsets rise in each partition, everything else is arbitrary. */
const records: fc.Arbitrary<KafkaRecord[]> = fc
  .array(
    fc.record({
      partition: fc.nat(3),
      timestamp: fc.nat(),
      timestampType: fc.constantFrom('CREATE_TIME' as const, 'LOG_APPEND_TIME' as const),
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.array(fc.tuple(headerName, bytes), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((drawn) => drawn.map((record, offset) => ({ ...record, topic: 'my-orders', offset })))

const identity = ({ partition, offset }: { partition: number; offset: number }) => `${partition}/${offset}`
const inOrder = <T extends { partition: number; offset: number }>(list: readonly T[]) =>
  list.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)

describe('the protocol between event source and functions', () => {
  it.each([
    ['MSK', { eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/1', bootstrapServers: 'b:9092' }],
    ['self-managed Kafka', { bootstrapServers: 'b:9092' }],
  ])('every record of %s reaches the function byte by byte', (_source, source) => {
    fc.assert(
      fc.property(records, (written) => {
        const read = readKafkaEvent(JSON.parse(lambdaEventText(written, source)))

        expect(read.unreadable).toEqual([])
        expect(inOrder(read.records.map(({ raw: _, ...record }) => record))).toEqual(inOrder(written))
      }),
    )
  })

  it('exactly the records that a function reports are sent again', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.func(fc.boolean()), async (written, fails) => {
        const failed = new Set<string>()
        const handler = batchHandler<string>({
          logger: new FakeLogger(),
          metrics: new FakeMetrics(),
          together: (work) => work(),
          doneMetric: 'OrdersPaid',
          decode: (record) => identity(record),
          keyOf: (item) => item,
          process: async (item) => {
            if (!fails(item)) return { repeated: false }
            failed.add(item)
            throw new RetryableError('Down', 'down')
          },
          producer: new FakeProducer(),
          concurrency: 50,
          longestRecordMs: 0,
          produceReserveMs: 0,
          patienceMs: 0,
        })
        const event = JSON.parse(lambdaEventText(written, { bootstrapServers: 'b:9092' }))

        // As Lambda passes it on: JSON.
        const answer = JSON.parse(JSON.stringify(await handler(event, aContext())))
        const { retry } = batchOutcome(written, { answer }, { reportsFailures: true })

        const sentAgain = new Set(retry.map(identity))
        expect([...failed].filter((item) => !sentAgain.has(item))).toEqual([])
        // Beside those that failed only the later ones of their keys, which were not tried.
        const failedKeys = written
          .filter((record) => failed.has(identity(record)))
          .map(({ key }) => String(key))
        for (const record of retry) {
          if (!failed.has(identity(record))) expect(failedKeys).toContain(String(record.key))
        }
      }),
    )
  })
})
