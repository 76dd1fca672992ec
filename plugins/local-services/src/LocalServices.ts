import { inUse, readUsage, usageState } from './dataFolder.ts'
import { LocalServicesError } from './errors.ts'
import { assertReachable, whyNotConnected } from './foreignCluster.ts'
import { assertHostPortsFree, type HostAddress, type HostOptions, hostAddress } from './hostPorts.ts'
import { clusterOf, ownBroker, publishKafka } from './kafkaEnvironment.ts'
import { LocalKafka } from './LocalKafka.ts'
import { dataDirOf, localCluster } from './localCluster.ts'
import { wrapOfflineHost } from './offlineHost.ts'
import { prepareTopics } from './prepareTopics.ts'
import type { Log, ServerlessLike } from './serverless.ts'
import { type KafkaSettings, readKafkaSettings } from './settings.ts'
import { onStopSignals, type StopSignal } from './stopSignals.ts'
import { type DeclaredTopic, topicsFromResources } from './topicsFromResources.ts'

const INVOKE_LOCAL_LOOK_MS = 1_000

const SCHEMA = {
  type: 'object',
  properties: {
    localServices: {
      type: 'object',
      properties: { nextStep: { type: 'string' }, topics: { type: 'object' } },
      additionalProperties: false,
    },
  },
}

/** Runs what the service needs beside Lambda, under `serverless offline`: today a Kafka broker with its topics. */
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
  #kafka: LocalKafka | undefined
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

  get #dataDir(): string {
    return dataDirOf(this.#serverless.serviceDir)
  }

  async #initialize(): Promise<void> {
    // Ahead of Serverless's own hook, which would ask AWS for what the functions' environment refers to.
    if (this.#serverless.processedInput.commands.join(' ') === 'invoke local') await this.#nameBrokers()
    wrapOfflineHost(this.#serverless, {
      started: () => this.#hostStarted(),
      ended: (failure) => this.#hostEnded(failure),
    })
  }

  async #start(): Promise<void> {
    onStopSignals({ first: (signal) => this.#stopAsked(signal), again: () => this.#endAtOnce() })
    try {
      const settings = readKafkaSettings(this.#environment)
      this.#publish(settings.brokers ? await this.#useCluster(settings) : await this.#startKafka(settings))
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

  /** The Region of the functions counts where none is named. */
  get #environment(): NodeJS.ProcessEnv {
    return { AWS_REGION: this.#serverless.service.provider.region, ...process.env }
  }

  #told(error: unknown): unknown {
    if (!(error instanceof LocalServicesError)) return error
    return new this.#serverless.classes.Error(error.message, error.code)
  }

  /** @returns what the functions are to know of it, as all that follow */
  async #startKafka({ port }: KafkaSettings): Promise<Record<string, string>> {
    const topics = this.#topics()
    const usage = await readUsage(this.#dataDir)
    if (usage && (await usageState(usage)) === 'in use') throw inUse(this.#dataDir, usage)
    await this.#assertHostPorts(port)

    const startedAt = performance.now()
    this.#kafka = new LocalKafka(
      { port, dataDir: this.#dataDir },
      {
        notice: (line) => this.#log.notice(line),
        warning: (line) => this.#log.warning(line),
        onLost: (message) => this.#kafkaLost(message),
      },
    )
    const { brokers } = await this.#kafka.start()
    await prepareTopics({ brokers: [brokers], topics, place: 'here', log: this.#log })
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    this.#log.notice(`Kafka is ready on ${brokers} (${seconds} s)`)
    return ownBroker(brokers)
  }

  async #useCluster({ brokers = [], authentication }: KafkaSettings): Promise<Record<string, string>> {
    const topics = this.#topics()
    await this.#assertHostPorts()
    const security = await assertReachable(brokers, authentication)
    await prepareTopics({ brokers, security, topics, place: 'elsewhere', log: this.#log })
    this.#log.notice(`Using the Kafka of KAFKA_BROKERS: ${brokers.join(',')}`)
    return clusterOf(process.env)
  }

  /** Those that are declared for here, where a deployment finds them on its cluster, else those of the resources. */
  #topics(): DeclaredTopic[] {
    const { custom, resources } = this.#serverless.service
    return topicsFromResources(custom?.localServices?.topics ?? resources)
  }

  async #assertHostPorts(kafkaPort?: number): Promise<void> {
    const custom = this.#serverless.service.custom?.['serverless-offline'] as HostOptions | undefined
    this.#address = hostAddress(custom, this.#commandLine)
    await assertHostPortsFree(this.#address, kafkaPort)
  }

  #publish(values: Record<string, string>): void {
    publishKafka(values, this.#serverless.service, process.env)
  }

  /** For `invoke local`, which starts nothing. */
  async #nameBrokers(): Promise<void> {
    const { brokers } = await localCluster(this.#serverless.serviceDir, this.#environment).catch((error) => {
      throw this.#told(error)
    })
    this.#publish(process.env.KAFKA_BROKERS ? clusterOf(process.env) : ownBroker(brokers.join(',')))
    const reasons = await Promise.all(brokers.map((broker) => whyNotConnected(broker, INVOKE_LOCAL_LOOK_MS)))
    if (reasons.every((reason) => reason !== undefined)) {
      this.#log.warning(
        `There is no Kafka at ${brokers.join(',')} (${reasons[0]}): what the function writes will fail. \`npm start\` runs one.`,
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
    if (this.#kafka) this.#log.notice('Kafka has stopped')
    return this.#exitCode
  }

  /** serverless-offline itself stops at SIGINT and SIGTERM, once it is running. */
  #stopAsked(signal: StopSignal): void {
    this.#stopSignal = signal
    if (this.#phase === 'starting services') void this.#kafka?.stop()
    if (signal === 'SIGHUP') {
      // The terminal is gone: what is still printed must not fail.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
      if (this.#phase === 'running') process.kill(process.pid, 'SIGTERM')
    }
  }

  #endAtOnce(): void {
    this.#kafka?.kill()
    process.exit(130)
  }

  #kafkaLost(message: string): void {
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
    await this.#kafka?.stop()
  }
}
