import { join } from 'node:path'
import { openAuthentication, plaintextPort, refusal } from '../../../shared/kafka/authentication/index.ts'
import { EventSourceMapping } from './EventSourceMapping.ts'
import type { EventSource } from './event/lambdaEvent.ts'
import { recordFilter } from './filters/index.ts'
import { ClusterHealth } from './kafka/ClusterHealth.ts'
import { withAdmin } from './kafka/GroupMember.ts'
import { type Cluster, kafkaClient } from './kafka/kafkaClient.ts'
import { openDestination } from './onFailure/openDestination.ts'
import { EnvironmentPool } from './runner/EnvironmentPool.ts'
import { functionSettings } from './runner/functionSettings.ts'
import { checkSettings } from './serverless/packaging.ts'
import type { CliOptions, Log, MappingDefinition, ServerlessLike } from './serverless/serverless.ts'
import { type ClusterAddress, clusterAddress } from './settings/clusterAddress.ts'
import { consumerGroupId } from './settings/mappingDefinitions.ts'
import { pluginSettings } from './settings/pluginSettings.ts'

type EventSourcesOptions = {
  readonly serverless: ServerlessLike
  readonly cliOptions: CliOptions
  readonly log: Log
}

/** Whoever pressed Ctrl-C wonders after so long. */
const SLOW_STOP_MS = 2_000

/** In the service's folder: what is kept for destinations that are not there locally. */
const DATA_FOLDER = '.local/kafka-event-source'

/** All mappings of a service and the functions that they invoke. */
export class EventSources {
  readonly #options: EventSourcesOptions
  readonly #runners = new Map<string, EnvironmentPool>()
  #mappings: EventSourceMapping[] = []
  #stopped: Promise<void> | undefined

  constructor(options: EventSourcesOptions) {
    this.#options = options
  }

  /**
   * Starts every enabled mapping; a service without any needs no Kafka. Settles when the mappings read, or wait for a topic.
   * @throws {Error} settings that cannot be used, no brokers named, or none that answers
   */
  async start(): Promise<void> {
    const { serverless, log } = this.#options
    const definitions = checkSettings(serverless)
    for (const { functionKey, settings } of definitions) {
      if (!settings.enabled)
        log.notice(`${functionKey}: its mapping of topic ${settings.topic} is not enabled`)
    }
    const enabled = definitions.filter(({ settings }) => settings.enabled)
    if (enabled.length === 0) return

    const cluster = await this.#reach()
    if (this.#stopped !== undefined) return
    const health = new ClusterHealth(cluster, log)
    this.#mappings = enabled.map((definition) => this.#mapping(definition, cluster, health))
    for (const runner of this.#runners.values()) runner.warm()
    await Promise.all(this.#mappings.map((mapping) => mapping.start()))
  }

  /** Finishes what runs, commits, leaves the groups. A second call waits for the first. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** Gives up the invocations that run, so that a `stop` under way ends at once. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()))
  }

  async #stop(): Promise<void> {
    const slow = setTimeout(() => {
      this.#options.log.notice('Finishing what runs before the end; Ctrl-C again ends at once')
    }, SLOW_STOP_MS)
    await Promise.all(this.#mappings.map((mapping) => mapping.stop()))
    clearTimeout(slow)
    await this.abandon()
  }

  /** @throws {Error} none of the brokers answers, or they refuse the authentication */
  async #reach(): Promise<Cluster> {
    const { serverless, cliOptions, log } = this.#options
    const { service } = serverless
    // The functions have this Region, too.
    const environment = { AWS_REGION: cliOptions.region ?? service.provider.region, ...process.env }
    const address = clusterAddress(environment, service.custom?.kafkaEventSource)
    const { brokers, authentication } = address
    try {
      const cluster = { brokers, ...(await openAuthentication(authentication).options()) }
      await withAdmin(kafkaClient(cluster, 'kafka-event-source', log), (admin) => admin.describeCluster())
      return cluster
    } catch (cause) {
      throw new Error(whyNotReached(address, cause), { cause })
    }
  }

  #mapping(definition: MappingDefinition, cluster: Cluster, health: ClusterHealth): EventSourceMapping {
    const { functionKey, settings } = definition
    const { log, serverless, cliOptions } = this.#options
    const { service, serviceDir } = serverless
    const mappingName = `${definition.function.name}-${settings.topic}`
    const kafka = kafkaClient(cluster, mappingName, log)
    const source: EventSource = {
      ...(settings.arn !== undefined && { eventSourceArn: localArn(settings.arn) }),
      bootstrapServers: cluster.brokers.join(','),
    }
    return new EventSourceMapping({
      name: functionKey,
      groupId: consumerGroupId(definition),
      settings,
      source,
      kafka,
      health,
      filter: recordFilter(settings.filterPatterns),
      destination:
        settings.destination &&
        openDestination(settings.destination, {
          name: functionKey,
          mappingName,
          functionArn: functionSettings(serverless, functionKey, cliOptions).functionArn,
          source,
          kafka,
          log,
          dataFolder: join(serviceDir, DATA_FOLDER),
          environment: process.env,
          resources: service.resources?.Resources ?? {},
        }),
      retryPause: pluginSettings(service.custom?.kafkaEventSource).retryPause,
      runner: this.#runner(functionKey),
      log,
    })
  }

  /** Mappings of one function share its environments. */
  #runner(functionKey: string): EnvironmentPool {
    const { serverless, cliOptions, log } = this.#options
    const known = this.#runners.get(functionKey)
    if (known !== undefined) return known
    const runner = new EnvironmentPool(functionSettings(serverless, functionKey, cliOptions), {
      log,
      codeChanged: () => {
        for (const mapping of this.#mappings) if (mapping.name === functionKey) mapping.retryNow()
      },
    })
    this.#runners.set(functionKey, runner)
    return runner
  }
}

/** An ARN that only a deployment can resolve becomes one that is recognisable and of the right form. */
function localArn(arn: NonNullable<MappingDefinition['settings']['arn']>): string {
  if (typeof arn === 'string') return arn
  const name = 'Ref' in arn ? arn.Ref : arn['Fn::ImportValue']
  return `arn:aws:kafka:us-east-1:000000000000:cluster/${name}/00000000-0000-0000-0000-000000000000-0`
}

function whyNotReached({ brokers, authentication }: ClusterAddress, cause: unknown): string {
  const refused = refusal(cause, authentication) ?? plaintextPort(cause, authentication)
  return refused === undefined
    ? `Kafka at ${brokers.join(',')} does not answer. Is it running? KAFKA_BROKERS or custom.kafkaEventSource.brokers name it, and KAFKA_AUTH is ${authentication.method}`
    : `Kafka at ${brokers.join(',')} cannot be used: ${refused}`
}
