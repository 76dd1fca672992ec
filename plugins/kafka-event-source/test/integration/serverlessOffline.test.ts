import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { ServerlessOffline } from '../helpers/serverless.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
const started: ServerlessOffline[] = []
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(() => Promise.all(started.splice(0).map((server) => server.kill())))
afterAll(() => cluster.close())

async function offline(environment: NodeJS.ProcessEnv, command: readonly string[] = ['offline']) {
  const server = await ServerlessOffline.start(command, environment)
  started.push(server)
  return server
}

describe.each([['offline'], ['offline start']])('serverless %s', (command) => {
  it('finishes the batch in flight at Ctrl-C, also when that arrives twice within milliseconds, and leaves the group', async () => {
    const topic = await cluster.topic()
    await cluster.produce(topic, ['pause 1000', 'a'])
    const server = await offline({ FIXTURE_TOPIC: topic }, command.split(' '))
    await server.prints('begin 0:0')
    await server.prints('listening on')

    server.child.kill('SIGINT')
    await sleep(20)
    server.child.kill('SIGINT')

    expect(await server.exit).toBe(0)
    expect(server.output).toContain('end 0:1 a')
    expect(server.output).toContain(`receive: stopped, left group ${topic}-group`)
    expect(await cluster.committed(`${topic}-group`, topic)).toEqual({ 0: 2 })
    const { groups } = await cluster.admin.describeGroups([`${topic}-group`])
    expect(groups[0]?.members).toEqual([])
  })
})

it('ends at once at a second signal', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['pause 25000'])
  const server = await offline({ FIXTURE_TOPIC: topic })
  await server.prints('begin 0:0')
  await server.prints('listening on')

  let ended = false
  void server.exit.then(() => {
    ended = true
  })
  // Pressed again and again, the first presses count as one.
  await waitFor(() => ended || !server.child.kill('SIGINT'), { timeoutMs: 2_400, what: 'the end at once' })
  await server.exit

  expect(server.output).not.toContain('end 0:0')
  expect((await cluster.committed(`${topic}-group`, topic))[0] ?? 0).toBe(0)
})

it('loses nothing when it is killed, and goes on soon after the next start', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a', 'b'])
  const killed = await offline({ FIXTURE_TOPIC: topic })
  await killed.prints('end 0:1 b')
  await cluster.waitForCommitted(`${topic}-group`, topic, { 0: 2 })
  await cluster.produce(topic, ['pause 20000', 'd'])
  await killed.prints('begin 0:2')
  await killed.kill()

  const server = await offline({ FIXTURE_TOPIC: topic, FIXTURE_TIMEOUT: '1' })
  const startedAt = Date.now()
  await server.prints('begin 0:2')

  expect(Date.now() - startedAt).toBeLessThan(10_000)
  expect(server.output).not.toContain('begin 0:1')
  await server.prints('Sandbox.Timedout: Task timed out after 1.00 seconds; retry 1 in 100 ms')
})

it('prints nothing that a newcomer would have to understand', async () => {
  const topic = await cluster.topic()
  const server = await offline({ FIXTURE_TOPIC: topic })
  await server.prints('listening on')

  await server.prints('* receive: fixture-dev-receive')
  expect(server.output).not.toMatch(/warn|partitioner|experimental|deprecat|kafkajs|error/i)
  expect(server.lines('receive:')).toEqual([
    `receive: reading topic ${topic}, partition 0, as group ${topic}-group`,
    '   * receive: fixture-dev-receive',
  ])
})

it('leaves nothing running when the host cannot start', async () => {
  const topic = await cluster.topic()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo

  const server = await offline({ FIXTURE_TOPIC: topic }, ['offline', '--lambdaPort', `${port}`])
  expect(await server.exit).not.toBe(0)

  taken.close()
})

it('says what to set when no Kafka is named', async () => {
  const server = await offline({ FIXTURE_TOPIC: 'tt', KAFKA_BROKERS: '' })

  expect(await server.exit).toBe(1)
  expect(server.output).toContain('No Kafka to read from: set KAFKA_BROKERS=host:port')
})

it('says which Kafka does not answer', async () => {
  const server = await offline({ FIXTURE_TOPIC: 'tt', KAFKA_BROKERS: '127.0.0.1:1' })

  expect(await server.exit).toBe(1)
  expect(server.output).toContain('Kafka at 127.0.0.1:1 does not answer. Is it running?')
  expect(server.output).not.toContain('    at ')
})
