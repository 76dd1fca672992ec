import { describe, expect, it } from '@jest/globals'
import { type BatchHandlerOptions, batchHandler } from '../../../../shared/batch/batchHandler.ts'
import {
  KafkaUnavailableError,
  RecordRefusedError,
  RetryableError,
  SettingsError,
} from '../../../../shared/errors.ts'
import { decodeOrder, encodeOrder, type Order } from '../../../../shared/order.ts'
import { FakeLogger, FakeMetrics, FakeProducer } from '../../../helpers/fakes.ts'
import { kafkaEvent } from '../../../helpers/kafkaEvents.ts'
import { aContext } from '../../../helpers/lambda.ts'
import { anOrder } from '../../../helpers/orders.ts'

const value = (order_id: string) => ({ value: anOrder(order_id), key: order_id })
const failure = (partition: string, offset: number) => ({ itemIdentifier: { partition, offset } })

function aHandler(changes: Partial<BatchHandlerOptions<Order>> = {}) {
  const producer = new FakeProducer()
  const logger = new FakeLogger()
  const metrics = new FakeMetrics()
  const handler = batchHandler<Order>({
    logger,
    metrics,
    doneMetric: 'OrdersPaid',
    producer,
    decode: (record) => decodeOrder(record.value, 'pending'),
    keyOf: (order) => order.order_id,
    process: async (order, record) => ({
      topic: 'order_status',
      key: record.key,
      value: encodeOrder({ ...order, status: 'paid' }),
      headers: {},
    }),
    concurrency: 50,
    longestRecordMs: 0,
    produceReserveMs: 1_000,
    ...changes,
  })
  return { handler, producer, logger, metrics }
}

const idsOf = (producer: FakeProducer) =>
  producer.calls.map((records) => records.map((record) => JSON.parse(String(record.value)).order_id))

describe('a handler of Kafka batches', () => {
  it('writes all results in one call, in the order of the input, and reports nothing', async () => {
    const { handler, producer } = aHandler()

    const answer = await handler(
      kafkaEvent({ 'orders-1': [value('o-1'), value('o-2')], 'orders-0': [value('o-3')] }),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [] })
    expect(idsOf(producer)).toEqual([['o-1', 'o-2', 'o-3']])
  })

  it('reports the record that failed and the later ones of its key, and writes the others', async () => {
    const { handler, producer } = aHandler({
      process: async (order) => {
        if (order.amount === 1) throw new RetryableError('Down', 'the gateway is down')
        return { topic: 'order_status', key: null, value: encodeOrder(order), headers: {} }
      },
    })

    const answer = await handler(
      kafkaEvent({
        'orders-0': [
          value('o-1'),
          { value: anOrder('o-2', { amount: 1 }), key: 'o-2' },
          value('o-3'),
          value('o-2'),
        ],
      }),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [failure('orders-0', 1), failure('orders-0', 3)] })
    expect(idsOf(producer)).toEqual([['o-1', 'o-3']])
  })

  it('skips records that can never be processed, with where they are and why', async () => {
    const { handler, producer, logger } = aHandler()

    const answer = await handler(
      kafkaEvent({ 'orders-0': [value('o-1'), { value: 'not json' }, { value: null }, value('o-2')] }, 40),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [] })
    expect(idsOf(producer)).toEqual([['o-1', 'o-2']])
    expect(logger.lines).toMatchObject([
      {
        level: 'error',
        fields: { topic: 'orders', partition: 0, offset: 41, reason: 'the value is not JSON' },
      },
      { level: 'error', fields: { offset: 42, reason: expect.stringContaining('tombstone') } },
    ])
  })

  it('reports every record that the failed produce call carried, and no other', async () => {
    const { handler, producer } = aHandler()
    producer.failure = new KafkaUnavailableError('no answer')

    const answer = await handler(
      kafkaEvent({ 'orders-0': [value('o-1'), { value: 'not json' }, value('o-2')] }),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [failure('orders-0', 0), failure('orders-0', 2)] })
  })

  it('keeps the records when its own settings are at fault', async () => {
    const { handler, producer } = aHandler()
    producer.failure = new SettingsError('Set KAFKA_BROKERS')

    expect(await handler(kafkaEvent({ 'orders-0': [value('o-1')] }), aContext())).toEqual({
      batchItemFailures: [failure('orders-0', 0)],
    })
  })

  it('tells what is done only when its result is in Kafka', async () => {
    const done: string[] = []
    const { handler, producer } = aHandler({ done: (order) => done.push(order.order_id) })
    producer.failure = new KafkaUnavailableError('no answer')
    await handler(kafkaEvent({ 'orders-0': [value('o-1')] }), aContext())
    expect(done).toEqual([])

    producer.failure = undefined
    await handler(kafkaEvent({ 'orders-0': [value('o-1')] }), aContext())
    expect(done).toEqual(['o-1'])
  })

  it('skips a record whose result Kafka refuses for good, and writes the others', async () => {
    const { handler, producer, logger } = aHandler()
    producer.send = async (records) => {
      if (records.some(({ key }) => String(key) === 'o-2')) throw new RecordRefusedError('MESSAGE_TOO_LARGE')
      producer.calls.push([...records])
    }

    const answer = await handler(
      kafkaEvent({ 'orders-0': [value('o-1'), value('o-2'), value('o-3')] }),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [] })
    expect(idsOf(producer)).toEqual([['o-1'], ['o-3']])
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { order_id: 'o-2', reason: 'MESSAGE_TOO_LARGE' } },
    ])
  })

  it('counts once what is done and what is given up on, and not what is to be sent again', async () => {
    const { handler, producer, metrics } = aHandler({
      process: async (order) => {
        if (order.order_id === 'o-3') throw new RetryableError('Down', 'the gateway is down')
        return { topic: 'order_status', key: order.order_id, value: encodeOrder(order), headers: {} }
      },
    })
    producer.send = async (records) => {
      if (records.some(({ key }) => String(key) === 'o-2')) throw new RecordRefusedError('MESSAGE_TOO_LARGE')
    }
    const event = kafkaEvent({
      'orders-0': [value('o-1'), value('o-2'), value('o-3'), value('o-3'), { value: null }, value('o-4')],
    })
    event.records['orders-0']?.push({ topic: 'orders' } as never)

    await handler(event, aContext())

    expect(metrics.counted).toEqual([{ functionName: 'test', counts: { DeadLetters: 3, OrdersPaid: 2 } }])
  })

  it('does not call Kafka when there is nothing to write', async () => {
    const { handler, producer } = aHandler()

    await handler(kafkaEvent({ 'orders-0': [{ value: null }] }), aContext())

    expect(producer.calls).toEqual([])
  })

  it.each([
    [21_900, 0],
    [22_100, 1],
  ])(
    'begins a record of 20 s only with 1 s more for the produce call and 1 s for the answer: %d ms',
    async (remainingMs, expected) => {
      let begun = 0
      const { handler } = aHandler({
        longestRecordMs: 20_000,
        produceReserveMs: 1_000,
        process: async () => {
          begun++
          return undefined
        },
      })

      const answer = await handler(kafkaEvent({ 'orders-0': [value('o-1')] }), aContext(remainingMs))

      expect(begun).toBe(expected)
      expect(answer).toEqual({ batchItemFailures: expected === 1 ? [] : [failure('orders-0', 0)] })
    },
  )

  it('fails as a whole for an event that is none of Kafka, and says so in the log', async () => {
    const { handler, logger } = aHandler()

    await expect(handler({ Records: [] }, aContext())).rejects.toThrow(/not an event of a Kafka event source/)
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'batch failed' }])
  })

  it('takes no callback, which Lambda refuses on Node 24', () => {
    expect(aHandler().handler.length).toBeLessThanOrEqual(2)
  })
})
