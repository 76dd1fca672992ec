import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  removeFolder,
  startTestBroker,
  type TestBroker,
  temporaryFolder,
} from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { readUsage } from '../../src/dataFolder.ts'
import { type KafkaBroker, startKafkaBroker } from '../../src/kafkaBroker.ts'
import { accepts } from '../../src/ports.ts'
import { withAdmin } from '../../src/prepareTopics.ts'
import { ChildProgram } from '../helpers/ChildProgram.ts'
import { processesWith } from '../helpers/processes.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function newFolder(): string {
  const folder = temporaryFolder()
  cleanUps.push(() => removeFolder(folder))
  return folder
}

async function testBroker() {
  const broker = await startTestBroker()
  cleanUps.push(() => broker.remove())
  return broker
}

async function start(port: number, dataDir: string, log?: (line: string) => void): Promise<KafkaBroker> {
  const broker = await startKafkaBroker({ port, dataDir, ...(log ? { log } : {}) })
  cleanUps.push(async () => {
    broker.kill()
    await broker.exited
  })
  return broker
}

/** Another process that has a broker on the folder. */
async function ownerProcess(port: number, dataDir: string) {
  const program = new URL('../helpers/brokerOwner.ts', import.meta.url).pathname
  const owner = new ChildProgram([program, String(port), dataDir])
  cleanUps.push(() => owner.signal('SIGKILL'))
  const pid = Number((await owner.printed(/ready (\d+)/))[1])
  return { owner, pid }
}

async function nothingLeft(port: number, dataDir: string): Promise<void> {
  await waitFor(() => processesWith(dataDir).length === 0, { what: 'no process of the broker is left' })
  expect(await accepts(port)).toBe(false)
  expect(await readUsage(dataDir)).toBeUndefined()
}

const pidOfWatcher = (dataDir: string): number => {
  const watcher = processesWith(dataDir).find((line) => line.includes('guardian.sh'))
  return Number.parseInt(watcher ?? '', 10)
}

describe('a broker', () => {
  it('leaves no process, no open port and no claim when it is stopped', async () => {
    const { port, dataDir, stop, brokers } = await testBroker()
    expect(brokers).toBe(`127.0.0.1:${port}`)

    await stop()

    expect(processesWith(dataDir)).toEqual([])
    await nothingLeft(port, dataDir)
  })

  it('keeps topics and committed offsets over a stop and over a SIGKILL, with another controller port', async () => {
    const broker = await testBroker()
    const connection = { brokers: [broker.brokers] }
    const partitions = [{ partition: 0, offset: '7' }]
    await withAdmin(connection, async (admin) => {
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }] })
      await admin.setOffsets({ groupId: 'group', topic: 'kept', partitions })
    })
    const voters = () =>
      /quorum.voters=(.*)/.exec(readFileSync(join(broker.dataDir, 'server.properties'), 'utf8'))
    const votersBefore = voters()?.[1]
    const present = () =>
      withAdmin(connection, async (admin) => ({
        topics: (await admin.listTopics()).filter((topic) => !topic.startsWith('__')),
        offsets: (await admin.fetchOffsets({ groupId: 'group', topics: ['kept'] }))[0]?.partitions,
      }))
    const expected = {
      topics: ['kept'],
      offsets: expect.arrayContaining([expect.objectContaining({ partition: 0, offset: '7' })]),
    }

    await broker.stop()
    await broker.start()
    expect(await present()).toEqual(expected)
    expect(voters()?.[1]).not.toBe(votersBefore)

    await broker.kill()
    await broker.start()
    expect(await present()).toEqual(expected)
  })
})

describe('a running broker', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startTestBroker()
  })
  afterAll(() => broker?.remove())

  it('creates no topic for a producer or consumer that names one', async () => {
    await withAdmin({ brokers: [broker.brokers], retry: { retries: 0 } }, async (admin) => {
      await expect(admin.fetchTopicMetadata({ topics: ['typo'] })).rejects.toThrow()
      expect(await admin.listTopics()).not.toContain('typo')
    })
  })

  it('answers again after its process was suspended for longer than its session', async () => {
    process.kill(broker.current.pid, 'SIGSTOP')
    const suspendedAt = Date.now()
    await waitFor(() => Date.now() - suspendedAt > 2500, { what: 'the session is over' })
    process.kill(broker.current.pid, 'SIGCONT')

    const askGroups = () =>
      withAdmin({ brokers: [broker.brokers], retry: { retries: 0 } }, async (admin) => {
        await admin.describeCluster()
        return admin.describeGroups(['any'])
      })
    await waitFor(askGroups, { what: 'the coordinator answers', timeoutMs: 5000 })
  })

  it('says to a second start that the folder is in use, whatever port it asks for', async () => {
    await expect(start(await freePort(), broker.dataDir)).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringMatching(`already running here: process ${process.pid} has it`),
    })
  })
})

describe('a second start', () => {
  it('lets one of two starts at the same time have the folder', async () => {
    const dataDir = newFolder()

    const results = await Promise.allSettled([
      start(await freePort(), dataDir),
      start(await freePort(), dataDir),
    ])

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'IN_USE' } })
  })

  it('says that the port is taken by something else, and how to choose another', async () => {
    const port = await freePort()
    const server = createServer().listen(port, '127.0.0.1')
    cleanUps.push(() => server.close())
    const dataDir = newFolder()

    await expect(start(port, dataDir)).rejects.toMatchObject({
      code: 'KAFKA_PORT_TAKEN',
      message: expect.stringMatching(`Port ${port} .* taken by another program.*KAFKA_PORT=`),
    })
    expect(processesWith(dataDir)).toEqual([])
    expect(await readUsage(dataDir)).toBeUndefined()
  })
})

describe('a parent that was killed by SIGKILL', () => {
  it('takes the broker with it', async () => {
    const [port, dataDir] = [await freePort(), newFolder()]
    const { owner } = await ownerProcess(port, dataDir)
    expect(await accepts(port)).toBe(true)

    owner.signal('SIGKILL')

    await waitFor(() => processesWith(dataDir).length === 0, { what: 'no process of the broker is left' })
    expect(await accepts(port)).toBe(false)
  })

  it('leaves a broker whose watcher was killed too, and the next start mends that', async () => {
    const [port, dataDir] = [await freePort(), newFolder()]
    const { owner, pid } = await ownerProcess(port, dataDir)
    process.kill(pidOfWatcher(dataDir), 'SIGKILL')
    owner.signal('SIGKILL')
    await owner.exited
    expect(await accepts(port)).toBe(true)
    const lines: string[] = []

    const broker = await start(port, dataDir, (line) => lines.push(line))

    expect(lines[0]).toBe(`Stopping a local Kafka (pid ${pid}) that an earlier start left behind`)
    await broker.stop()
    await nothingLeft(port, dataDir)
  })
})

describe('data of a run before', () => {
  it('is refused when another version of Kafka made it', async () => {
    const broker = await testBroker()
    await broker.stop()
    writeFileSync(join(broker.dataDir, 'log', 'kafka-version'), '3.9.0')

    await expect(broker.start()).rejects.toMatchObject({
      code: 'OTHER_KAFKA_VERSION',
      message: expect.stringMatching(/made by Kafka 3\.9\.0.*npm run reset/),
    })
  })

  it('is prepared again when that was interrupted', async () => {
    const [port, dataDir] = [await freePort(), newFolder()]
    const aborted = new AbortController()
    const interrupted = startKafkaBroker({
      port,
      dataDir,
      signal: aborted.signal,
      log: (line) => line.startsWith('Starting') && setTimeout(() => aborted.abort(), 100),
    })
    await expect(interrupted).rejects.toThrow()
    await nothingLeft(port, dataDir)

    const broker = await start(port, dataDir)

    expect(await accepts(port)).toBe(true)
    await broker.stop()
  })

  it('is named when it is damaged', async () => {
    const broker = await testBroker()
    await broker.stop()
    writeFileSync(
      join(broker.dataDir, 'log', 'meta.properties'),
      'version=1\nnode.id=2\ncluster.id=another\n',
    )

    await expect(broker.start()).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringMatching(/kafka\.log.*npm run reset/s),
    })
  })
})
