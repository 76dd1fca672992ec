import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { ClusterHealth } from '../../src/kafka/ClusterHealth.ts'
import { GroupMembership } from '../../src/kafka/GroupMembership.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { API, type KafkaProxy, startKafkaProxy } from '../helpers/kafkaProxy.ts'
import { KeptLog, silentLog } from '../helpers/log.ts'
import { gate, startMapping, stopMappings } from '../helpers/mappings.ts'
import { TestCluster } from '../helpers/topics.ts'

let broker: TestBroker
let proxy: KafkaProxy
let address: string
beforeAll(async () => {
  const [port, proxyPort] = [await freePort(), await freePort()]
  address = `127.0.0.1:${proxyPort}`
  proxy = await startKafkaProxy(proxyPort, port)
  broker = await startTestBroker({ port, properties: { 'advertised.listeners': `CLIENTS://${address}` } })
})
afterEach(() => {
  proxy.release()
  return stopMappings()
})
afterAll(async () => {
  await broker.remove()
  await proxy.stop()
})

it('leaves the group only when what was done last is committed', async () => {
  const cluster = await TestCluster.connect(address)
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a'])
  const held = gate()
  const last = await startMapping({ topic, brokers: [address], handler: () => held.opened })
  const idle = await startMapping({ topic: await cluster.topic(), brokers: [address] })
  await waitFor(() => last.invocations.length === 1, { what: 'the invocation' })

  proxy.hold(API.offsetCommit)
  held.open()
  const stopping = last.mapping.stop()
  await waitFor(() => proxy.count(API.offsetCommit) > 0, { what: 'the commit' })
  // Begun after it and with nothing to commit: whoever does not wait has left by then.
  await idle.mapping.stop()
  expect(proxy.count(API.leaveGroup)).toBe(1)
  proxy.release()
  await stopping

  expect(await cluster.committed(last.groupId, topic)).toEqual({ 0: 1 })
  expect(proxy.count(API.leaveGroup)).toBe(2)
  await cluster.close()
})

it('joins its group again, and says why, when Kafka takes no commits for long', async () => {
  const cluster = await TestCluster.connect(address)
  const topic = await cluster.topic()
  const log = new KeptLog()
  const brokers = { brokers: [address], ssl: false as const }
  let assignments = 0
  const fetched: unknown[] = []
  const membership = new GroupMembership({
    name: 'test',
    kafka: kafkaClient(brokers, 'test', silentLog),
    topic,
    groupId: `${topic}-group`,
    events: {
      assigned: () => {
        assignments += 1
      },
      fetched: (_, records) => void fetched.push(...records),
      waitingForTopic() {},
    },
    health: new ClusterHealth(brokers, log),
    log,
    commitPatienceMs: 500,
  })
  membership.start()
  await cluster.produce(topic, ['a'])
  await waitFor(() => fetched.length === 1, { what: 'the record' })
  const first = membership.member

  proxy.hold(API.offsetCommit)
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await expect(first?.commit([{ partition: 0, offset: 0 }])).rejects.toThrow('no answer')
  }
  await waitFor(() => assignments === 2, { what: 'the next membership' })
  expect(log.lines).toEqual([
    expect.stringMatching(
      /^test: Kafka has not taken its offsets for \d s \(no answer\); joining its group again until that works$/,
    ),
  ])
  proxy.release()
  await membership.member?.commit([{ partition: 0, offset: 0 }])
  await membership.leave()
  await cluster.close()
})
