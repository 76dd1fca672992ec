import { inUse, readUsage, usageState } from './dataFolder.ts'
import { startDynamoDbLocal } from './dynamoDbLocal.ts'
import {
  assertDynamoDbAnswers,
  type DeclaredTable,
  ensureTables,
  tablesFromResources,
} from './dynamoDbTables.ts'
import { LocalServicesError } from './errors.ts'
import { assertReachable, whyNotConnected } from './foreignCluster.ts'
import { assertHostPortsFree, type HostAddress, type HostOptions, hostAddress } from './hostPorts.ts'
import { KeptRunning, type Running } from './KeptRunning.ts'
import { startKafkaBroker } from './kafkaBroker.ts'
import { clusterOf, ownBroker, publishKafka } from './kafkaEnvironment.ts'
import { dataDirOf, localCluster } from './localCluster.ts'
import { dynamoDbDirOf, type LocalDynamoDb, localDynamoDb, rememberTables } from './localDynamoDb.ts'
import { wrapOfflineHost } from './offlineHost.ts'
import { prepareTopics } from './prepareTopics.ts'
import type { Log, ServerlessLike } from './serverless.ts'
import {
  type DynamoDbSettings,
  type KafkaSettings,
  readDynamoDbSettings,
  readKafkaSettings,
} from './settings.ts'
import { onStopSignals, type StopSignal } from './stopSignals.ts'
import { publishTables } from './tableEnvironment.ts'
import { type DeclaredTopic, topicsFromResources } from './topicsFromResources.ts'

const INVOKE_LOCAL_LOOK_MS = 1_000

const SCHEMA = {
  type: 'object',
  properties: {
    localServices: {
      type: 'object',
      properties: { nextStep: { type: 'string' }, topics: { type: 'object' }, tables: { type: 'object' } },
      additionalProperties: false,
    },
  },
}

/**
 * Runs what the service needs beside Lambda, under `serverless offline`: a Kafka broker with its topics, and DynamoDB Local with its
 * tables where the resources declare any.
 */
export class LocalServices {
  readonly hooks = {
    initialize: () => this.#initialize(),
    'before:offline:start': () => this.#start(),
    'before:offline:start:init': () => this.#start(),
    error: () => this.#failed(),
  }

  readonly #serverless: ServerlessLike
  readonly #commandLine: HostOptions
  readonly #log: Log
  readonly #services: { name: string; service: KeptRunning<Running> }[] = []
  #address: HostAddress | undefined
  #phase: 'starting services' | 'starting host' | 'running' = 'starting services'
  #stopSignal: StopSignal | undefined
  #exitCode = 0

  constructor(serverless: ServerlessLike, commandLine: HostOptions, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#commandLine = commandLine
    this.#log = log
    serverless.configSchemaHandler.defineCustomProperties(SCHEMA)
  }

  async #initialize(): Promise<void> {
    // Ahead of Serverless's own hook, which would ask AWS for what the functions' environment refers to.
    if (this.#serverless.processedInput.commands.join(' ') === 'invoke local') await this.#nameServices()
    wrapOfflineHost(this.#serverless, {
      started: () => this.#hostStarted(),
      ended: (failure) => this.#hostEnded(failure),
    })
  }

  async #start(): Promise<void> {
    onStopSignals({ first: (signal) => this.#stopAsked(signal), again: () => this.#endAtOnce() })
    try {
      await this.#startServices(readKafkaSettings(this.#environment), readDynamoDbSettings(process.env))
    } catch (error) {
      await this.#stop()
      // Serverless reports nothing any more once a signal has come.
      if (this.#stopSignal) process.exit(130)
      throw this.#told(error)
    }
    if (this.#stopSignal) {
      await this.#stop()
      process.exit(130)
    }
    this.#phase = 'starting host'
  }

  get #folder(): string {
    return this.#serverless.serviceDir
  }

  /** The Region of the functions counts where none is named. */
  get #environment(): NodeJS.ProcessEnv {
    return { AWS_REGION: this.#serverless.service.provider.region, ...process.env }
  }

  #told(error: unknown): unknown {
    if (!(error instanceof LocalServicesError)) return error
    return new this.#serverless.classes.Error(error.message, error.code)
  }

  async #startServices(kafka: KafkaSettings, dynamoDb: DynamoDbSettings): Promise<void> {
    const topics = this.#topics()
    const tables = this.#tables()
    const startsDynamoDb = tables.length > 0 && !dynamoDb.endpoint
    if (!kafka.brokers) await assertNotInUse(dataDirOf(this.#folder), 'Kafka')
    if (startsDynamoDb) await assertNotInUse(dynamoDbDirOf(this.#folder), 'DynamoDB')
    await this.#assertHostPorts([
      ...(kafka.brokers ? [] : [kafka.port]),
      ...(startsDynamoDb ? [dynamoDb.port] : []),
    ])
    await Promise.all([
      kafka.brokers ? this.#useCluster(kafka, topics) : this.#startKafka(kafka.port, topics),
      tables.length > 0 ? this.#provideTables(dynamoDb, tables) : undefined,
    ])
  }

  async #startKafka(port: number, topics: readonly DeclaredTopic[]): Promise<void> {
    const dataDir = dataDirOf(this.#folder)
    const startedAt = performance.now()
    const { address } = await this.#keepRunning('Kafka', async (signal) => {
      const broker = await startKafkaBroker({ port, dataDir, log: (line) => this.#log.notice(line), signal })
      return { ...broker, address: broker.brokers }
    })
    await prepareTopics({ brokers: [address], topics, place: 'here', log: this.#log })
    this.#log.notice(`Kafka is ready on ${address} (${secondsSince(startedAt)} s)`)
    this.#publish(ownBroker(address))
  }

  async #useCluster(
    { brokers = [], authentication }: KafkaSettings,
    topics: readonly DeclaredTopic[],
  ): Promise<void> {
    const security = await assertReachable(brokers, authentication)
    await prepareTopics({ brokers, security, topics, place: 'elsewhere', log: this.#log })
    this.#log.notice(`Using the Kafka of KAFKA_BROKERS: ${brokers.join(',')}`)
    this.#publish(clusterOf(process.env))
  }

  async #provideTables(
    { endpoint, port }: DynamoDbSettings,
    tables: readonly DeclaredTable[],
  ): Promise<void> {
    const address = endpoint ?? (await this.#startDynamoDb(port))
    if (endpoint) await assertDynamoDbAnswers(endpoint)
    const created = await ensureTables(address, tables)
    if (created.length > 0) this.#log.notice(`Tables created: ${created.join(', ')}`)
    const names = Object.fromEntries(tables.map(({ logicalId, name }) => [logicalId, name]))
    await rememberTables(this.#folder, names)
    if (endpoint) this.#log.notice(`Using the DynamoDB of DYNAMODB_ENDPOINT: ${endpoint}`)
    this.#publishTables({ endpoint: address, tables: names })
  }

  /** @returns its endpoint */
  async #startDynamoDb(port: number): Promise<string> {
    const dataDir = dynamoDbDirOf(this.#folder)
    const startedAt = performance.now()
    const { address } = await this.#keepRunning('DynamoDB', async (signal) => {
      const dynamoDb = await startDynamoDbLocal({
        port,
        dataDir,
        log: (line) => this.#log.notice(line),
        signal,
      })
      return { ...dynamoDb, address: dynamoDb.endpoint }
    })
    this.#log.notice(`DynamoDB is ready on ${address} (${secondsSince(startedAt)} s)`)
    return address
  }

  /** Starts a service, and again when it dies. */
  #keepRunning(name: string, start: (signal: AbortSignal) => Promise<Running>): Promise<Running> {
    const service = new KeptRunning({
      name,
      start,
      notice: (line) => this.#log.notice(line),
      warning: (line) => this.#log.warning(line),
      onLost: (message) => this.#serviceLost(message),
    })
    this.#services.push({ name, service })
    return service.start()
  }

  /** Those that are declared for here, where a deployment finds them on its cluster, else those of the resources. */
  #topics(): DeclaredTopic[] {
    const { custom, resources } = this.#serverless.service
    return topicsFromResources(custom?.localServices?.topics ?? resources)
  }

  #tables(): DeclaredTable[] {
    const { custom, resources } = this.#serverless.service
    return tablesFromResources(custom?.localServices?.tables ?? resources)
  }

  async #assertHostPorts(servicePorts: readonly number[]): Promise<void> {
    const custom = this.#serverless.service.custom?.['serverless-offline'] as HostOptions | undefined
    this.#address = hostAddress(custom, this.#commandLine)
    await assertHostPortsFree(this.#address, servicePorts)
  }

  #publish(values: Record<string, string>): void {
    publishKafka(values, this.#serverless.service, process.env)
  }

  #publishTables(dynamoDb: LocalDynamoDb): void {
    publishTables(dynamoDb, this.#serverless.service)
  }

  /** For `invoke local`, which starts nothing. */
  async #nameServices(): Promise<void> {
    try {
      await Promise.all([this.#nameBrokers(), this.#nameTables()])
    } catch (error) {
      throw this.#told(error)
    }
  }

  async #nameBrokers(): Promise<void> {
    const { brokers } = await localCluster(this.#folder, this.#environment)
    this.#publish(process.env.KAFKA_BROKERS ? clusterOf(process.env) : ownBroker(brokers.join(',')))
    const reasons = await Promise.all(brokers.map((broker) => whyNotConnected(broker, INVOKE_LOCAL_LOOK_MS)))
    if (reasons.every((reason) => reason !== undefined)) {
      this.#log.warning(
        `There is no Kafka at ${brokers.join(',')} (${reasons[0]}): what the function writes will fail. \`npm start\` runs one.`,
      )
    }
  }

  async #nameTables(): Promise<void> {
    const declared = this.#tables()
    if (declared.length === 0) return
    const { endpoint } = await localDynamoDb(this.#folder, process.env)
    this.#publishTables({
      endpoint,
      tables: Object.fromEntries(declared.map(({ logicalId, name }) => [logicalId, name])),
    })
    const { hostname, port, protocol } = new URL(endpoint)
    const host = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
    const reason = await whyNotConnected(host, INVOKE_LOCAL_LOOK_MS)
    if (reason !== undefined) {
      this.#log.warning(
        `There is no DynamoDB at ${endpoint} (${reason}): what the function looks up will fail. \`npm start\` runs one.`,
      )
    }
  }

  #hostStarted(): void {
    this.#phase = 'running'
    if (this.#stopSignal) {
      // The host listens for signals from now on, and the one that it missed is to reach it.
      setImmediate(() => process.kill(process.pid, 'SIGTERM'))
      return
    }
    const nextStep = this.#serverless.service.custom?.localServices?.nextStep
    if (nextStep) this.#log.notice(`\n${nextStep.trimEnd().replaceAll('{url}', this.#address?.url ?? '')}\n`)
  }

  async #hostEnded(failure: unknown): Promise<number> {
    if (failure) {
      this.#exitCode = 1
      this.#log.error(`serverless-offline did not end in order: ${(failure as Error).message}`)
    }
    await this.#stop()
    for (const { name } of this.#services) this.#log.notice(`${name} has stopped`)
    return this.#exitCode
  }

  /** serverless-offline itself stops at SIGINT and SIGTERM, once it is running. */
  #stopAsked(signal: StopSignal): void {
    this.#stopSignal = signal
    if (this.#phase === 'starting services') void this.#stop()
    if (signal === 'SIGHUP') {
      // The terminal is gone: what is still printed must not fail.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
      if (this.#phase === 'running') process.kill(process.pid, 'SIGTERM')
    }
  }

  #endAtOnce(): void {
    for (const { service } of this.#services) service.kill()
    process.exit(130)
  }

  #serviceLost(message: string): void {
    this.#log.error(message)
    this.#exitCode = 1
    process.kill(process.pid, 'SIGTERM')
  }

  /** Some plugin's start failed, ours or another's; Serverless says so after this. */
  async #failed(): Promise<void> {
    if (!this.#address) return
    await this.#stop()
    // A host that listens already would keep the process, and it does not stop its servers itself.
    setTimeout(() => process.exit(), 1000).unref()
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#services.map(({ service }) => service.stop()))
  }
}

/** @throws LocalServicesError IN_USE */
async function assertNotInUse(dataDir: string, service: string): Promise<void> {
  const usage = await readUsage(dataDir)
  if (usage && (await usageState(usage)) === 'in use') throw inUse(dataDir, usage, service)
}

const secondsSince = (at: number) => ((performance.now() - at) / 1000).toFixed(1)
