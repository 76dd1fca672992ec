import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { TestCluster } from '../helpers/topics.ts'

const PARTITIONS = 6
const RECORDS = 100_000
const EACH = Math.ceil(RECORDS / PARTITIONS)
const POISON_EVERY = 5_000
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const PLUGIN = new URL('../../', import.meta.url)

const folder = mkdtempSync(join(tmpdir(), 'orders-on-kafka-soak-'))
let broker: TestBroker
let offline: ChildProcess | undefined
/** `partition:offset` in the order in which the function was given them for the first time. */
const firstGiven = new Set<string>()
const handled = new Set<string>()
let given = 0

beforeAll(async () => {
  broker = await startTestBroker()
})
afterAll(async () => {
  offline?.kill('SIGKILL')
  await broker.remove()
  rmSync(folder, { recursive: true, force: true })
})

function writeProject(topic: string): void {
  symlinkSync(
    fileURLToPath(new URL('../../../../node_modules', import.meta.url)),
    join(folder, 'node_modules'),
  )
  writeFileSync(join(folder, 'plugin.mjs'), `export { default } from '${new URL('index.ts', PLUGIN)}'`)
  cpSync(fileURLToPath(new URL('test/fixture/soak.ts', PLUGIN)), join(folder, 'soak.ts'))
  const definition = {
    service: 'soak',
    plugins: ['./plugin.mjs', 'serverless-offline'],
    provider: { name: 'aws', runtime: 'nodejs24.x' },
    custom: { kafkaEventSource: { brokers: broker.brokers, retryPause: { firstMs: 20, longestMs: 100 } } },
    functions: {
      soak: {
        handler: 'soak.handler',
        events: [
          {
            msk: {
              arn: 'arn:aws:kafka:us-east-1:123456789012:cluster/soak/0-0',
              topic,
              consumerGroupId: `${topic}-group`,
              batchSize: 50,
              maximumBatchingWindow: 0,
              maximumRetryAttempts: 3,
              bisectBatchOnFunctionError: true,
              destinations: { onFailure: `kafka://${topic}-dead` },
              provisionedPollerConfig: { minimumPollers: 1 },
            },
          },
        ],
      },
    },
  }
  writeFileSync(join(folder, 'serverless.yml'), JSON.stringify(definition))
}

async function startOffline(): Promise<void> {
  const ports = ['--httpPort', `${await freePort()}`, '--lambdaPort', `${await freePort()}`]
  const child = spawn(process.execPath, [SERVERLESS, 'offline', ...ports], {
    cwd: folder,
    env: { ...process.env, KAFKA_BROKERS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  offline = child
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) read(line)
  })
}

function read(line: string): void {
  const [what, ...ids] = line.split(' ')
  if (what === 'given') given += ids.length
  if (what === 'given') for (const id of ids) firstGiven.add(id)
  if (what === 'handled') for (const id of ids) handled.add(id)
}

async function kill(): Promise<void> {
  const exit = new Promise((resolve) => offline?.once('close', resolve))
  offline?.kill('SIGKILL')
  await exit
}

const handledShare = (share: number) =>
  waitFor(() => handled.size >= share * RECORDS, { timeoutMs: 60_000, what: `${share * 100} % handled` })

it('loses none of 100,000 records and keeps their order, while invocations fail, the broker restarts and the process is killed', async () => {
  const setup = await TestCluster.connect(broker.brokers)
  const topic = await setup.topic(PARTITIONS)
  await setup.createTopic(`${topic}-dead`, 3)
  const poison = new Set<string>()
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const count = Math.min(EACH, RECORDS - partition * EACH)
    const values = Array.from({ length: count }, (_, offset) => {
      if (offset % POISON_EVERY !== 77) return `${partition}:${offset}`
      poison.add(`${partition}:${offset}`)
      return 'poison'
    })
    await setup.produce(topic, values, partition)
  }
  await setup.close()
  writeProject(topic)

  await startOffline()
  await handledShare(0.2)
  await broker.stop()
  await broker.start()
  await handledShare(0.4)
  await kill()
  await startOffline()
  await handledShare(0.6)
  await broker.kill()
  await broker.start()
  await handledShare(0.8)
  await kill()
  await startOffline()

  const cluster = await TestCluster.connect(broker.brokers)
  await waitFor(
    async () =>
      Object.values(await cluster.committed(`${topic}-group`, topic)).reduce(
        (sum, offset) => sum + offset,
        0,
      ) === RECORDS,
    { timeoutMs: 60_000, what: 'all records done' },
  )
  const dead = await deadLetters(cluster, `${topic}-dead`)
  await cluster.close()

  const lost = []
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    for (let offset = 0; offset < Math.min(EACH, RECORDS - partition * EACH); offset += 1) {
      const id = `${partition}:${offset}`
      if (!handled.has(id) && !dead.has(id)) lost.push(id)
    }
  }
  expect(lost).toEqual([])
  expect([...poison].filter((id) => !dead.has(id))).toEqual([])
  const last = new Map<string, number>()
  const outOfOrder = [...firstGiven].filter((id) => {
    const [partition = '', offset = ''] = id.split(':')
    const before = last.get(partition) ?? -1
    last.set(partition, Number(offset))
    return Number(offset) !== before + 1
  })
  expect(outOfOrder).toEqual([])
  process.stderr.write(`soak: ${given} deliveries of ${RECORDS} records, ${dead.size} dead letters\n`)
}, 240_000)

/** `partition:offset` of the records whose documents lie in the topic. */
async function deadLetters(cluster: TestCluster, topic: string): Promise<Set<string>> {
  const ids = new Set<string>()
  for (const value of await cluster.values(topic)) {
    const { payload } = JSON.parse(value)
    for (const { partition, offset } of Object.values<{ partition: number; offset: number }[]>(
      payload.records,
    ).flat()) {
      ids.add(`${partition}:${offset}`)
    }
  }
  return ids
}
