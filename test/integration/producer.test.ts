import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { produceEach } from '../../shared/batch/produceEach.ts'
import { deadlineIn } from '../../shared/deadline.ts'
import { KafkaUnavailableError, RecordRefusedError } from '../../shared/errors.ts'
import type { ConnectionSecurity } from '../../shared/kafka/authentication/index.ts'
import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import type { RecordProducer } from '../../shared/kafka/producer.ts'
import { startTestBroker, type TestBroker } from '../helpers/broker.ts'
import { freePort } from '../helpers/freePort.ts'
import { startFunction } from '../helpers/functionProcess.ts'
import { postOrders } from '../helpers/lambda.ts'
import { startTcpProxy, type TcpProxy } from '../helpers/tcpProxy.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

const ATTEMPT_TIMEOUT_MS = 400

/** A broker that clients reach through a proxy only, so that answers can get lost. */
describe('the producer', () => {
  let broker: TestBroker
  let proxy: TcpProxy
  let kafka: TestKafka
  let producer: RecordProducer
  let topic: string

  beforeAll(async () => {
    const [port, proxyPort] = [await freePort(), await freePort()]
    proxy = await startTcpProxy(proxyPort, port)
    broker = await startTestBroker({
      port,
      properties: {
        'advertised.listeners': `CLIENTS://127.0.0.1:${proxyPort}`,
        // It would make topics for whoever asks.
        'auto.create.topics.enable': true,
      },
    })
  })

  afterAll(async () => {
    producer?.close()
    await kafka?.close()
    await broker?.remove()
    await proxy?.stop()
  })

  beforeEach(async () => {
    producer?.close()
    await kafka?.close()
    proxy.resume()
    kafka = testKafka(`127.0.0.1:${proxy.port}`)
    topic = uniqueName('orders')
    await kafka.createTopic(topic)
    producer = createProducer({ clientId: 'test', kafka: settings() })
  })

  const settings = () => ({
    brokers: [`127.0.0.1:${proxy.port}`],
    auth: { method: 'none' as const },
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
  })

  const send = (value: string, { key = 'k', deadlineMs = 3_000 } = {}) =>
    producer.send([{ topic, key, value, headers: {} }], deadlineIn(deadlineMs))
  const values = async () => (await kafka.read(topic)).map(({ value }) => value)

  it('writes key, value and headers, and keeps the order within a key', async () => {
    const records = Array.from({ length: 50 }, (_, index) => ({
      topic,
      key: `k-${index % 5}`,
      value: String(index),
      headers: { 'correlation-id': `c-${index}` },
    }))

    await producer.send(records, deadlineIn(3_000))

    const written = await kafka.read(topic)
    expect(written).toHaveLength(50)
    expect(new Set(written.map(({ partition }) => partition)).size).toBeGreaterThan(1)
    for (const key of ['k-0', 'k-1', 'k-2', 'k-3', 'k-4']) {
      const ofKey = written.filter((record) => record.key === key)
      expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1)
      expect(ofKey.map(({ value }) => Number(value))).toEqual(
        ofKey.map(({ value }) => Number(value)).toSorted((a, b) => a - b),
      )
      expect(ofKey).toHaveLength(10)
    }
    expect(written.every(({ value, headers }) => headers['correlation-id'] === `c-${value}`)).toBe(true)
  })

  it('writes a record without key as one without key', async () => {
    await producer.send([{ topic, key: null, value: 'v', headers: {} }], deadlineIn(3_000))

    expect((await kafka.read(topic))[0]?.key).toBeNull()
  })

  it('connects once for sends that come together', async () => {
    const before = proxy.open

    await Promise.all(Array.from({ length: 20 }, (_, index) => send(String(index))))

    expect(await kafka.count(topic)).toBe(20)
    expect(proxy.open - before).toBe(1)
  })

  it('acknowledges only what is on the topic, also after an answer was swallowed', async () => {
    await send('first')
    proxy.swallowAnswers()

    await send('second')
    await send('third')

    await kafka.close()
    kafka = testKafka(`127.0.0.1:${proxy.port}`)
    const written = await values()
    // The second may be there twice, since nobody knows whether its first attempt was written; payment sees that.
    expect(written.filter((value) => value === 'first')).toHaveLength(1)
    expect(written.filter((value) => value === 'second').length).toBeGreaterThanOrEqual(1)
    expect(written.filter((value) => value === 'third')).toHaveLength(1)
  })

  it('gives up at the deadline however Kafka stalls, and nothing goes on after it', async () => {
    await send('first')
    proxy.swallowAllAnswers()
    const others = proxy.open - 1
    const begin = Date.now()

    await expect(send('stalled', { deadlineMs: 1_000 })).rejects.toThrow(KafkaUnavailableError)

    const took = Date.now() - begin
    expect(took).toBeGreaterThanOrEqual(990)
    expect(took).toBeLessThan(2_000)
    await waitFor(() => proxy.open <= others, { what: 'the connections of the abandoned send are cut' })
    const bytes = proxy.bytesFromClients
    proxy.resume()
    // Longer than any pause between attempts.
    await expect(
      waitFor(() => proxy.bytesFromClients > bytes, { timeoutMs: 1_000, what: 'more bytes' }),
    ).rejects.toThrow('in vain')

    await send('next')
    await kafka.close()
    kafka = testKafka(`127.0.0.1:${proxy.port}`)
    expect((await values()).filter((value) => value === 'next')).toHaveLength(1)
  })

  it('does not write the records after all when there is what to authenticate with after the deadline only', async () => {
    const known = Promise.withResolvers<ConnectionSecurity>()
    const signals: (AbortSignal | undefined)[] = []
    const late = createProducer({
      clientId: 'test',
      kafka: settings(),
      authentication: {
        options(signal) {
          signals.push(signal)
          return known.promise
        },
        refused() {},
      },
    })
    const sending = late.send([{ topic, key: 'k', value: 'late', headers: {} }], deadlineIn(300))
    await expect(sending).rejects.toThrow(KafkaUnavailableError)

    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
    known.resolve({ ssl: false })
    await late.send([{ topic, key: 'k', value: 'next', headers: {} }], deadlineIn(3_000))
    late.close()

    expect(await values()).toEqual(['next'])
  })

  it('sends within the same call after the broker closed the idle connection', async () => {
    await send('first')
    proxy.closeConnections()

    await send('second', { deadlineMs: 1_000 })

    expect((await kafka.read(topic)).map(({ value }) => value)).toEqual(
      expect.arrayContaining(['first', 'second']),
    )
  })

  it('takes many orders within their calls when the connection that they share is closed, and prints no warning', async () => {
    await kafka.createTopic('orders')
    const createOrder = await startFunction('createOrder', {
      KAFKA_BROKERS: `127.0.0.1:${proxy.port}`,
      LOG_FORMAT: 'json',
    })
    const event = postOrders({ customer: 'Ada Lovelace', amount: 12.5 })
    await createOrder.invoke(event)
    proxy.swallowAnswers()
    const sentBefore = proxy.bytesFromClients

    const answers: unknown[] = []
    createOrder.process.on('message', (message) => answers.push(message))
    // More than the 10 listeners that Node.js takes for usual.
    for (let n = 0; n < 30; n++) createOrder.process.send({ event, timeoutMs: 10_000, requestId: `r-${n}` })
    await waitFor(() => proxy.bytesFromClients > sentBefore + 30 * 200, {
      what: 'the orders are on their way',
    })
    proxy.closeConnections()

    await waitFor(() => answers.length === 30, { what: '30 answers' })
    expect(answers).toEqual(Array(30).fill({ answer: expect.objectContaining({ statusCode: 202 }) }))
    await createOrder.kill()
    expect(createOrder.lines.filter((line) => !line.startsWith('{'))).toEqual([])
  })

  it('finds the broker again within the call when it is restarted', async () => {
    await send('first')
    await broker.stop()
    const sending = send('second', { deadlineMs: 30_000 })
    await broker.start()

    await sending

    expect(await values()).toEqual(expect.arrayContaining(['first', 'second']))
  })

  it('writes results of one key that are more than the broker takes at once, but for one that is too large', async () => {
    const results = Array.from({ length: 30 }, (_, index) => ({
      topic,
      key: 'same',
      value: `${index}:${'x'.repeat(index === 7 ? 1_500_000 : 50_000)}`,
      headers: {},
    }))

    const errors = await produceEach(results, (records) => producer.send(records, deadlineIn(10_000)))

    expect(errors.flatMap((error, index) => (error === undefined ? [] : index))).toEqual([7])
    expect(errors[7]).toBeInstanceOf(RecordRefusedError)
    expect((await values()).map((value) => Number(value?.split(':')[0]))).toEqual(
      Array.from({ length: 30 }, (_, index) => index).filter((index) => index !== 7),
    )
  })

  it('refuses a record that is too large for good, and goes on with the next', async () => {
    await expect(send('x'.repeat(2_000_000))).rejects.toThrow(RecordRefusedError)
    await send('small')

    expect(await values()).toEqual(['small'])
  })

  it('does not make a topic that is not there', async () => {
    const missing = uniqueName('missing')

    await expect(
      producer.send([{ topic: missing, key: null, value: 'v', headers: {} }], deadlineIn(700)),
    ).rejects.toThrow(KafkaUnavailableError)

    expect(await kafka.topics()).not.toContain(missing)
  })
})
