import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { startTestBroker, type TestBroker } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { assertReachable } from '../../src/foreignCluster.ts'
import { LOOPBACK } from '../../src/ports.ts'
import { prepareTopics, withAdmin } from '../../src/prepareTopics.ts'
import type { Place } from '../../src/topicPlan.ts'
import type { DeclaredTopic } from '../../src/topicsFromResources.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker()
})
afterAll(() => broker?.remove())

const opened: Disposable[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one[Symbol.dispose]()
})

/** `host:port` of a server that does this with each connection. */
async function aServer(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    opened.push({ [Symbol.dispose]: () => socket.destroy() })
    socket.on('error', () => {})
    onConnection(socket)
  })
  opened.push({ [Symbol.dispose]: () => server.close() })
  await once(server.listen(0, LOOPBACK), 'listening')
  return `${LOOPBACK}:${(server.address() as AddressInfo).port}`
}

const aTopic = (changes: Partial<DeclaredTopic> = {}): DeclaredTopic => ({
  name: `topic-${randomUUID()}`,
  partitions: 3,
  replicationFactor: 3,
  configs: { 'retention.ms': '1000000' },
  ...changes,
})

/** Prepares them and gives what was said. */
async function prepare(topics: DeclaredTopic[], place: Place = 'here') {
  const said: string[] = []
  const log = {
    notice: (line: string) => said.push(line),
    warning: (line: string) => said.push(`warning: ${line}`),
  }
  await prepareTopics({ brokers: [broker.brokers], topics, place, log })
  return said
}

const partitionsOf = (topic: string) =>
  withAdmin({ brokers: [broker.brokers] }, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length
  })

const configsOf = (name: string) =>
  withAdmin({ brokers: [broker.brokers] }, async (admin) => {
    const type = kafkajs.ConfigResourceTypes.TOPIC
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name }] })
    return Object.fromEntries(
      (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
    )
  })

describe('our own broker', () => {
  it('gets missing topics as declared, and nothing is said about them at the next start', async () => {
    const topic = aTopic({ configs: { 'retention.ms': '1000000', 'min.insync.replicas': '2' } })

    expect(await prepare([topic])).toEqual([`Topics created: ${topic.name} (3 partitions)`])
    expect(await partitionsOf(topic.name)).toBe(3)
    expect(await configsOf(topic.name)).toMatchObject({
      'retention.ms': '1000000',
      'min.insync.replicas': '1',
    })
    expect(await prepare([topic])).toEqual([])
  })

  it('gets a raised partition count, and a warning for a lowered one', async () => {
    const topic = aTopic()
    await prepare([topic])

    expect(await prepare([{ ...topic, partitions: 5 }])).toEqual([
      `Partitions added: ${topic.name} (5 partitions)`,
    ])
    expect(await partitionsOf(topic.name)).toBe(5)
    expect(await prepare([topic])).toEqual([expect.stringMatching(/^warning: .* has 5 .* 3 are declared/)])
    expect(await partitionsOf(topic.name)).toBe(5)
  })

  it('gets changed configs, and loses those that are declared no more', async () => {
    const topic = aTopic({ configs: { 'retention.ms': '1000000', 'segment.bytes': '2000000' } })
    await prepare([topic])

    expect(await prepare([{ ...topic, configs: { 'retention.ms': '2000000' } }])).toEqual([
      `Configs set: ${topic.name}`,
    ])
    const configs = await configsOf(topic.name)
    expect(configs['retention.ms']).toBe('2000000')
    expect(configs['segment.bytes']).not.toBe('2000000')
  })

  it('says which topic is refused, and why', async () => {
    const topic = aTopic({ configs: { 'retention.ms': 'a week' } })

    await expect(prepare([topic])).rejects.toMatchObject({
      code: 'TOPICS_FAILED',
      message: expect.stringContaining(topic.name),
    })
  })
})

describe("another's cluster", () => {
  it('gets what is missing, and keeps what it has, with a warning', async () => {
    const present = aTopic({ partitions: 2 })
    const missing = aTopic()
    await prepare([present])

    const said = await prepare(
      [{ ...present, partitions: 4, configs: { 'retention.ms': '5' } }, missing],
      'elsewhere',
    )

    expect(said).toEqual([
      expect.stringMatching(`^warning: The topic ${present.name} has 2 partitions, and 4 are declared`),
      `Topics created: ${missing.name} (3 partitions)`,
    ])
    expect(await partitionsOf(present.name)).toBe(2)
    expect(await configsOf(present.name)).toMatchObject({ 'retention.ms': '1000000' })
    expect(await partitionsOf(missing.name)).toBe(3)
  })

  it('is reachable when one of its brokers is', async () => {
    const nobody = `127.0.0.1:${await freePort()}`

    await assertReachable([nobody, broker.brokers], { method: 'none' })
    await expect(assertReachable([nobody], { method: 'none' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`${nobody} (ECONNREFUSED)`),
    })
  })

  it('is reachable when another of its brokers takes connections and is silent, or closes them', async () => {
    const silent = await aServer(() => {})
    const closing = await aServer((socket) => socket.destroy())

    await assertReachable([silent, closing, broker.brokers], { method: 'none' })
  })

  it('is reachable when its broker is just coming back, and closes the first connections', async () => {
    const port = Number(broker.brokers.split(':')[1])
    let closed = 0
    const comingBack = await aServer((socket) => {
      if (closed++ < 3) return socket.destroy()
      const upstream = connect(port, LOOPBACK)
      socket.on('close', () => upstream.destroy())
      socket.pipe(upstream).pipe(socket)
    })

    await assertReachable([comingBack], { method: 'none' })
  })

  it('is given up within about five seconds when it takes connections and is silent', async () => {
    process.kill(broker.current.pid, 'SIGSTOP')
    const startedAt = performance.now()
    try {
      await expect(assertReachable([broker.brokers], { method: 'none' })).rejects.toMatchObject({
        message: expect.stringContaining('does not answer as Kafka does'),
      })
    } finally {
      process.kill(broker.current.pid, 'SIGCONT')
    }
    expect(performance.now() - startedAt).toBeLessThan(7000)
  })
})
