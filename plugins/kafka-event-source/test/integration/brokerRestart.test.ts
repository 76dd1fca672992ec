import net from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../../../../test/helpers/broker.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { gate, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker()
})
afterEach(async () => {
  jest.restoreAllMocks()
  await stopMappings()
})
afterAll(() => broker.remove())

it.each(['stop', 'kill'] as const)(
  'goes on after the broker was away (%s), with every record, and says so once',
  async (end) => {
    let cluster = await TestCluster.connect(broker.brokers)
    const topic = await cluster.topic(2)
    for (const partition of [0, 1]) await cluster.produce(topic, ['a', 'b'], partition)
    const held = gate()
    const { values, log, groupId, invocations } = await startMapping({
      topic,
      batchSize: 1,
      brokers: [broker.brokers],
      handler: () => held.opened,
    })
    await waitFor(() => invocations.length === 2, { what: 'invocations in flight' })
    await cluster.close()

    await broker[end]()
    await waitFor(() => log.lines.some((line) => line.includes('does not answer')), {
      timeoutMs: 20_000,
      what: 'the line that Kafka is away',
    })
    held.open()
    await broker.start()
    cluster = await TestCluster.connect(broker.brokers)
    for (const partition of [0, 1]) await cluster.produce(topic, ['c'], partition)
    await waitFor(async () => JSON.stringify(await cluster.committed(groupId, topic)) === '{"0":3,"1":3}', {
      timeoutMs: 30_000,
      what: 'all to be committed',
    })
    await cluster.close()

    expect(values().sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
    expect(log.lines.filter((line) => line.includes('does not answer'))).toHaveLength(1)
    expect(log.lines.filter((line) => line.includes('is back'))).toHaveLength(1)
  },
)

it('stops in good time while the broker stalls, and says what is sent again', async () => {
  const cluster = await TestCluster.connect(broker.brokers)
  const topic = await cluster.topic()
  const held = gate()
  const { mapping, invocations, log } = await startMapping({
    topic,
    brokers: [broker.brokers],
    handler: () => held.opened,
  })
  await cluster.produce(topic, ['a'])
  await waitFor(() => invocations.length === 1, { what: 'an invocation in flight' })
  await cluster.close()

  process.kill(broker.current.pid, 'SIGSTOP')
  held.open()
  const stoppedAt = Date.now()
  await mapping.stop()
  const took = Date.now() - stoppedAt
  process.kill(broker.current.pid, 'SIGCONT')

  expect(took).toBeLessThan(12_000)
  expect(log.lines.filter((line) => line.includes('did not take the last offsets'))).toHaveLength(1)
  expect(log.lines.filter((line) => line.includes('left group'))).toEqual([])
})

it('stops in good time while the broker is away', async () => {
  const cluster = await TestCluster.connect(broker.brokers)
  const topic = await cluster.topic()
  const { mapping } = await startMapping({ topic, brokers: [broker.brokers] })
  await cluster.close()
  await broker.kill()

  const stoppedAt = Date.now()
  await mapping.stop()

  expect(Date.now() - stoppedAt).toBeLessThan(8_000)
  await broker.start()
})

it('collects no listeners on its connections, of which Node.js would warn, however long the broker is away', async () => {
  const cluster = await TestCluster.connect(broker.brokers)
  const topic = await cluster.topic()
  const opened = jest.spyOn(net, 'connect')
  const { invocations } = await startMapping({ topic, brokers: [broker.brokers] })
  await cluster.produce(topic, ['a'])
  await waitFor(() => invocations.length === 1, { what: 'an invocation, so that its connections are open' })
  await cluster.close()

  await broker.kill()
  const whileThere = opened.mock.calls.length
  await waitFor(() => opened.mock.calls.length >= whileThere + 40, {
    timeoutMs: 60_000,
    what: 'many attempts to connect',
  })
  const givenUp = opened.mock.results
    .map(({ value }) => value as net.Socket)
    .flatMap((socket) => socket.listeners('connect').filter((listener) => listener === socket.unref))
  await broker.start()

  expect(givenUp).toEqual([])
})
