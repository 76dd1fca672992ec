import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { removeFolder, temporaryFolder } from '../../../../test/helpers/broker.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { kafkaClient } from '../../src/kafka/kafkaClient.ts'
import { silentLog } from '../helpers/log.ts'
import { TestCluster } from '../helpers/topics.ts'
import { type FunctionOptions, FunctionUnderTest, type Invocation } from './FunctionUnderTest.ts'

export * from './events.ts'
export { CLUSTER_ARN, type FunctionUnderTest } from './FunctionUnderTest.ts'

const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const PLUGIN = new URL('../../index.ts', import.meta.url).href
const NODE_MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

type StartOptions = {
  /** `custom` of serverless.yml. */
  readonly custom?: Readonly<Record<string, unknown>>
  /** Of the child process. */
  readonly environment?: NodeJS.ProcessEnv
  /** When the topics are there and nothing runs yet. */
  readonly before?: () => Promise<void>
}

export type ReadMessage = {
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** `serverless offline` on a service with several functions under test, all on one Kafka. */
export class ConformanceService {
  readonly folder = temporaryFolder()
  readonly #id = this.folder.slice(-6)
  readonly #functions: FunctionUnderTest[] = []
  readonly #topics = new Map<string, { partitions?: number; config?: Readonly<Record<string, string>> }>()
  readonly #server: Server
  #environment: NodeJS.ProcessEnv = {}
  #child: ChildProcess | undefined
  #cluster: TestCluster | undefined
  output = ''

  constructor() {
    this.#server = createServer(async (request, response) => {
      const fn = this.#functions.find(({ name }) => `/${name}` === request.url)
      if (fn === undefined) throw new Error(`no function ${request.url}`)
      response.end(JSON.stringify(await invoke(fn, JSON.parse(await text(request)))))
    })
  }

  get cluster(): TestCluster {
    if (this.#cluster === undefined) throw new Error('not started')
    return this.#cluster
  }

  /** A function and its topics. To be called before `start`. */
  function(name: string, options: FunctionOptions = {}): FunctionUnderTest {
    const fn = new FunctionUnderTest(name, this.#id, () => this.cluster, options)
    this.#functions.push(fn)
    const { partitions, topicConfig, withoutTopics } = options
    for (const topic of fn.topics) {
      if (withoutTopics || this.#topics.has(topic)) continue
      this.#topics.set(topic, {
        ...(partitions !== undefined && { partitions }),
        ...(topicConfig !== undefined && { config: topicConfig }),
      })
    }
    return fn
  }

  /** The name on the cluster of a topic that no function reads; it is made unless `missing`. To be called before `start`. */
  topic(name: string, { partitions = 1, missing = false } = {}): string {
    const topic = `c-${this.#id}-${name}`
    if (!missing) this.#topics.set(topic, { partitions })
    return topic
  }

  /** For `beforeAll`: topics, then `serverless offline`; settles when every mapping reads. */
  async start({ custom = {}, environment = {}, before }: StartOptions = {}): Promise<void> {
    this.#cluster = await TestCluster.connect()
    await this.#createTopics()
    await before?.()
    this.#environment = environment
    await this.write(custom)
    await this.offline()
  }

  /** The service's files; for tests that run their command themselves. */
  async write(custom: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#writeProject(custom)
  }

  /** `serverless <command>` from its start to its end; what it prints is appended to `output`. */
  async run(command: string): Promise<{ readonly code: number | null; readonly output: string }> {
    const from = this.output.length
    const child = this.#spawn(command.split(' '))
    const [code] = await once(child, 'close')
    return { code, output: this.output.slice(from) }
  }

  /** `serverless offline` on the service as `start` left it; settles when every mapping reads. */
  async offline(): Promise<void> {
    // Nobody calls the host itself. A port chosen here could be somebody's by the time that it listens.
    const child = this.#spawn(['offline', '--httpPort', '0', '--lambdaPort', '0'])
    const from = this.output.length
    await waitFor(() => this.output.includes('listening on', from) || hasEnded(child), {
      timeoutMs: 45_000,
      what: 'serverless offline',
    }).catch((error) => {
      throw new Error(`${error.message} in:\n${this.output}`)
    })
    if (hasEnded(child)) throw new Error(`serverless offline ended:\n${this.output}`)
  }

  /** Ctrl-C; settles when the process is gone, with its exit code. */
  async interrupt(): Promise<number | null> {
    const child = this.#child
    if (child === undefined || hasEnded(child)) throw new Error('serverless offline does not run')
    child.kill('SIGINT')
    await waitFor(() => hasEnded(child), { timeoutMs: 30_000, what: 'the end after Ctrl-C' })
    return child.exitCode
  }

  /** Lines of the terminal about the function. */
  lines({ name }: FunctionUnderTest): string[] {
    return this.output.split('\n').filter((line) => new RegExp(`(^|[^\\w-])${name}: `).test(line))
  }

  /** Waits until the terminal has a line about the function that holds `words`. */
  async says(fn: FunctionUnderTest, words: string): Promise<void> {
    await fn.reaches(() => this.lines(fn).some((line) => line.includes(words)), `says "${words}"`)
  }

  /** Everything that is on a topic, in the order of partition and offset. */
  async read(topic: string): Promise<ReadMessage[]> {
    const ends = new Map<number, number>()
    for (const { partition, low, high } of await this.cluster.admin.fetchTopicOffsets(topic)) {
      if (low !== high) ends.set(partition, Number(high))
    }
    if (ends.size === 0) return []
    const kafka = kafkaClient({ brokers: this.cluster.brokers, ssl: false }, 'reader', silentLog)
    const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 50 })
    const messages: ReadMessage[] = []
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, offset } }) => {
        messages.push({ partition, offset: Number(offset), key, value })
        if (Number(offset) + 1 >= (ends.get(partition) ?? Infinity)) ends.delete(partition)
      },
    })
    await waitFor(() => ends.size === 0, { timeoutMs: 20_000, what: `all messages of ${topic}` })
    await consumer.disconnect()
    return messages.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** For `afterAll`. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child !== undefined && !hasEnded(child)) {
      child.kill('SIGKILL')
      await waitFor(() => hasEnded(child), { what: 'the end of serverless offline' })
    }
    this.#server.closeAllConnections()
    this.#server.close()
    await this.#cluster?.close()
    removeFolder(this.folder)
  }

  /** All in one request: each waits for its leaders anew. */
  async #createTopics(): Promise<void> {
    await this.cluster.admin.createTopics({
      waitForLeaders: true,
      topics: [...this.#topics].map(([topic, { partitions = 1, config = {} }]) => ({
        topic,
        numPartitions: partitions,
        // Records may be of any age: the broker deletes what is older than a week, whenever it comes to it.
        configEntries: Object.entries({ 'retention.ms': '-1', ...config }).map(([name, value]) => ({
          name,
          value,
        })),
      })),
    })
  }

  #writeProject(custom: Readonly<Record<string, unknown>>): void {
    copyFileSync(new URL('./proxy.mjs', import.meta.url), join(this.folder, 'proxy.mjs'))
    symlinkSync(NODE_MODULES, join(this.folder, 'node_modules'))
    // Serverless takes plugins only from below the service's folder.
    writeFileSync(join(this.folder, 'plugin.mjs'), `export { default } from '${PLUGIN}'`)
    const { port } = this.#server.address() as AddressInfo
    writeFileSync(
      join(this.folder, 'serverless.yml'),
      JSON.stringify({
        service: 'conformance',
        configValidationMode: 'error',
        plugins: ['./plugin.mjs', 'serverless-offline'],
        provider: {
          name: 'aws',
          runtime: 'nodejs24.x',
          environment: { TEST_URL: `http://127.0.0.1:${port}` },
        },
        // Not all of what is linked.
        package: { excludeDevDependencies: false, patterns: ['!**', 'proxy.mjs'] },
        custom,
        functions: Object.fromEntries(this.#functions.map((fn) => [fn.name, fn.definition])),
      }),
    )
  }

  #spawn(command: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [SERVERLESS, ...command], {
      cwd: this.folder,
      env: { ...withoutAws(process.env), ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    this.#child = child
    return child
  }
}

async function invoke(fn: FunctionUnderTest, { event, requestId }: Pick<Invocation, 'event' | 'requestId'>) {
  try {
    return { answer: await fn.run(event, requestId) }
  } catch (error) {
    if (!(error instanceof Error)) return { thrown: error }
    const { name, message } = error
    return { error: { name, message } }
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** What the developer's own shell has set for AWS is nothing to the tests. */
const withoutAws = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')))
