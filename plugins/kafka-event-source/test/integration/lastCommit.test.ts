import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { API, type KafkaProxy, startKafkaProxy } from '../helpers/kafkaProxy.ts'
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
