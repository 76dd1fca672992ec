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
    together: (work) => work(),
    doneMetric: 'OrdersPaid',
    producer,
    decode: (record) => decodeOrder(record.value, 'pending'),
    keyOf: (order) => order.order_id,
    process: async (order, record) => ({ repeated: false, result: resultOf(order, record.key) }),
    concurrency: 50,
    longestRecordMs: 0,
    produceReserveMs: 1_000,
    patienceMs: 0,
    ...changes,
  })
  return { handler, producer, logger, metrics }
}

const resultOf = (order: Order, key: Buffer | string | null = order.order_id) => ({
  topic: 'order_status',
  key,
  value: encodeOrder({ ...order, status: 'paid' }),
  headers: {},
})

/** Of the results in each call. */
const idsOf = (producer: FakeProducer) =>
  producer.calls.map((records) =>
    records
      .filter(({ topic }) => topic === 'order_status')
      .map((record) => JSON.parse(String(record.value)).order_id),
  )

/** The dead letters in all calls. */
const lettersOf = (producer: FakeProducer) =>
  producer.calls
    .flat()
    .filter(({ topic }) => topic === 'dead_letters')
    .map(({ key, value }) => ({ key: key && String(key), document: JSON.parse(String(value)) }))

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
        return { repeated: false, result: resultOf(order) }
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

  it('gives up records that can never be processed, in the same call, and says where they are and why', async () => {
    const { handler, producer, logger } = aHandler()

    const answer = await handler(
      kafkaEvent({ 'orders-0': [value('o-1'), { value: 'not json' }, { value: null }, value('o-2')] }, 40),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [] })
    expect(idsOf(producer)).toEqual([['o-1', 'o-2']])
    expect(lettersOf(producer).map(({ document }) => document.requestContext)).toMatchObject([
      { condition: 'InvalidRecord', approximateInvokeCount: 1, reason: 'the value is not JSON' },
      { condition: 'InvalidRecord', reason: 'the record is a tombstone (it has no value)' },
    ])
    expect(logger.lines).toMatchObject([
      {
        level: 'error',
        fields: { topic: 'orders', partition: 0, offset: 41, reason: 'the value is not JSON' },
      },
      { level: 'error', fields: { offset: 42, reason: expect.stringContaining('tombstone') } },
    ])
  })

  it('reports every record whose result or dead letter the failed produce call carried', async () => {
    const { handler, producer } = aHandler()
    producer.failure = new KafkaUnavailableError('no answer')

    const answer = await handler(
      kafkaEvent({ 'orders-0': [value('o-1'), { value: 'not json' }, value('o-2')] }),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [0, 1, 2].map((offset) => failure('orders-0', offset)) })
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

  it('makes a dead letter of a record whose result Kafka refuses for good, and writes the others', async () => {
    const { handler, producer, logger } = aHandler()
    producer.send = async (records) => {
      if (records.some(({ topic, key }) => topic === 'order_status' && String(key) === 'o-2')) {
        throw new RecordRefusedError('MESSAGE_TOO_LARGE')
      }
      producer.calls.push([...records])
    }

    const answer = await handler(
      kafkaEvent({ 'orders-0': [value('o-1'), value('o-2'), value('o-3')] }),
      aContext(),
    )

    expect(answer).toEqual({ batchItemFailures: [] })
    expect(idsOf(producer)).toEqual([['o-1'], ['o-3'], []])
    expect(lettersOf(producer)).toMatchObject([
      {
        key: 'o-2',
        document: { requestContext: { condition: 'RecordRefused', reason: 'MESSAGE_TOO_LARGE' } },
      },
    ])
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { order_id: 'o-2', reason: 'MESSAGE_TOO_LARGE' } },
    ])
  })

  it('counts once what is done and what is given up on, and not repetitions and what is to be sent again', async () => {
    const { handler, producer, metrics } = aHandler({
      process: async (order) => {
        if (order.order_id === 'o-3') throw new RetryableError('Down', 'the gateway is down')
        return { repeated: order.order_id === 'o-4', result: resultOf(order) }
      },
    })
    producer.send = async (records) => {
      if (records.some(({ topic, key }) => topic === 'order_status' && String(key) === 'o-2')) {
        throw new RecordRefusedError('MESSAGE_TOO_LARGE')
      }
    }
    const event = kafkaEvent({
      'orders-0': [value('o-1'), value('o-2'), value('o-3'), value('o-3'), { value: null }, value('o-4')],
    })
    event.records['orders-0']?.push({ topic: 'orders' } as never)

    await handler(event, aContext())

    expect(metrics.counted.map(({ functionName }) => functionName)).toEqual(['test', 'test'])
    const sum = (name: 'DeadLetters' | 'OrdersPaid') =>
      metrics.counted.reduce((total, { counts }) => total + (counts[name] ?? 0), 0)
    expect([sum('DeadLetters'), sum('OrdersPaid')]).toEqual([3, 1])
  })

  it('does not call Kafka when there is nothing to write', async () => {
    const { handler, producer } = aHandler({ process: async () => ({ repeated: false }) })

    await handler(kafkaEvent({ 'orders-0': [value('o-1')] }), aContext())

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
          return { repeated: false }
        },
      })

      const answer = await handler(kafkaEvent({ 'orders-0': [value('o-1')] }), aContext(remainingMs))

      expect(begun).toBe(expected)
      expect(answer).toEqual({ batchItemFailures: expected === 1 ? [] : [failure('orders-0', 0)] })
    },
  )

  describe('in trouble that may pass', () => {
    it('waits until it has passed, and writes the others in the meantime', async () => {
      let failures = 3
      const { handler, producer, logger, metrics } = aHandler({
        patienceMs: 20_000,
        process: async (order) => {
          if (order.order_id === 'o-2' && failures-- > 0)
            throw new RetryableError('Down', 'the gateway is down')
          return { repeated: false, result: resultOf(order) }
        },
      })

      const answer = await handler(
        kafkaEvent({ 'orders-0': [value('o-1'), value('o-2'), value('o-3'), value('o-2')] }),
        aContext(),
      )

      expect(answer).toEqual({ batchItemFailures: [] })
      expect(idsOf(producer)).toEqual([
        ['o-1', 'o-3'],
        ['o-2', 'o-2'],
      ])
      expect(logger.lines).toMatchObject([
        { level: 'warn', message: 'waiting for trouble to pass', fields: { reason: 'the gateway is down' } },
      ])
      expect(metrics.counted.map(({ counts }) => counts.OrdersPaid)).toEqual([0, 2, 0, 0, 2])
    })

    it('waits for Kafka, too', async () => {
      let failures = 3
      const { handler, producer } = aHandler({ patienceMs: 20_000, produceReserveMs: 10 })
      producer.send = async (records) => {
        if (failures-- > 0) throw new KafkaUnavailableError('no answer')
        producer.calls.push([...records])
      }

      const answer = await handler(kafkaEvent({ 'orders-0': [value('o-1'), { value: null }] }), aContext())

      expect(answer).toEqual({ batchItemFailures: [] })
      expect(producer.calls.map((records) => records.map(({ topic }) => topic))).toEqual([
        ['order_status', 'dead_letters'],
      ])
    })

    it('ends the attempt at once for an error that nobody expected, and for the later records of its key', async () => {
      let tries = 0
      const { handler } = aHandler({
        patienceMs: 20_000,
        process: async () => {
          tries++
          throw new TypeError('a bug')
        },
      })

      const answer = await handler(kafkaEvent({ 'orders-0': [value('o-1'), value('o-1')] }), aContext())

      expect(answer).toEqual({ batchItemFailures: [failure('orders-0', 0), failure('orders-0', 1)] })
      expect(tries).toBe(1)
    })

    it('reports what is still in trouble when the time of the invocation is over', async () => {
      let tries = 0
      const { handler } = aHandler({
        patienceMs: Number.POSITIVE_INFINITY,
        process: async (order) => {
          if (order.order_id === 'o-1') return { repeated: false }
          tries++
          throw new RetryableError('Down', 'down')
        },
      })

      const answer = await handler(kafkaEvent({ 'orders-0': [value('o-1'), value('o-2')] }), aContext(3_000))

      expect(answer).toEqual({ batchItemFailures: [failure('orders-0', 1)] })
      expect(tries).toBeGreaterThan(1)
    })
  })

  it('retries a dead letter that is too large without its record, and then without its key', async () => {
    const refused: number[] = []
    const { handler, producer } = aHandler()
    producer.send = async (records) => {
      if (records.some(({ value, key }) => String(value).includes('payload":') || key !== null)) {
        refused.push(records.length)
        throw new RecordRefusedError('MESSAGE_TOO_LARGE')
      }
      producer.calls.push([...records])
    }

    const answer = await handler(kafkaEvent({ 'orders-0': [{ value: 'garbage', key: 'k' }] }, 7), aContext())

    expect(answer).toEqual({ batchItemFailures: [] })
    expect(refused).toEqual([1, 1])
    expect(lettersOf(producer)).toMatchObject([
      {
        key: null,
        document: { KafkaBatchInfo: { recordInfo: { topic: 'orders', partition: 0, offset: '7' } } },
      },
    ])
  })

  it('reports a record whose dead letter nothing takes, and does not try for long', async () => {
    const { handler, producer } = aHandler({ patienceMs: 20_000 })
    producer.failure = new RecordRefusedError('MESSAGE_TOO_LARGE')

    expect(await handler(kafkaEvent({ 'orders-0': [{ value: 'garbage' }] }, 7), aContext())).toEqual({
      batchItemFailures: [failure('orders-0', 7)],
    })
    expect(producer.calls).toHaveLength(2)
  })

  it('gives up a record that is not as Lambda sends records; without a dead letter for it, the whole batch has failed', async () => {
    const { handler, producer } = aHandler()
    const event = kafkaEvent({ 'orders-0': [value('o-1')] }, 7)
    event.records['orders-0']?.push({ topic: 'orders' } as never)

    expect(await handler(event, aContext())).toEqual({ batchItemFailures: [] })
    expect(lettersOf(producer)).toMatchObject([
      { key: null, document: { payload: { records: { 'orders-0': [{ topic: 'orders' }] } } } },
    ])

    producer.failure = new KafkaUnavailableError('no answer')
    expect((await handler(event, aContext()))?.batchItemFailures).toContainEqual(failure('orders-0', -1))
  })

  it('fails as a whole for an event that is none of Kafka, and says so in the log', async () => {
    const { handler, logger } = aHandler()

    await expect(handler({ Records: [] }, aContext())).rejects.toThrow(/not an event of a Kafka event source/)
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'batch failed' }])
  })

  it('takes no callback, which Lambda refuses on Node 24', () => {
    expect(aHandler().handler.length).toBeLessThanOrEqual(2)
  })
})
