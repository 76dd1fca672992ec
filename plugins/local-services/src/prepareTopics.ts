import kafkajs, { type Admin, Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import type { ConnectionSecurity } from '../../../shared/kafka/authentication/index.ts'
import { stopIdleTimers } from '../../../shared/kafka/kafkaJsTimers.ts'
import { LocalServicesError } from './errors.ts'
import { fitToBrokers, fitToLocalBroker, type Place, planTopics } from './topicPlan.ts'
import type { DeclaredTopic } from './topicsFromResources.ts'

export interface PrepareTopicsOptions {
  brokers: string[]
  security?: ConnectionSecurity
  topics: readonly DeclaredTopic[]
  place: Place
  log: { notice(line: string): void; warning(line: string): void }
}

type FittedTopic = DeclaredTopic & { replicationFactor: number }

/** What DescribeConfigs calls a config that was set on the topic itself. */
const SET_ON_TOPIC = 1

/**
 * Creates the topics that are missing. Here, those that exist get what is declared; elsewhere they are left alone.
 * @throws LocalServicesError TOPICS_FAILED
 */
export async function prepareTopics({
  brokers,
  security = { ssl: false },
  topics,
  place,
  log,
}: PrepareTopicsOptions): Promise<void> {
  if (topics.length === 0) return
  try {
    await withAdmin({ brokers, ...security }, async (admin) => {
      const plan = planTopics(topics, await presentTopics(admin), place)
      for (const warning of plan.warnings) log.warning(warning)

      const fit = place === 'here' ? fitToLocalBroker : await fitToCluster(admin)
      if (plan.create.length > 0) {
        await createTopics(admin, plan.create.map(fit))
        log.notice(`Topics created: ${describe(plan.create)}`)
      }
      if (plan.raise.length > 0) {
        const topicPartitions = plan.raise.map(({ name, partitions }) => ({ topic: name, count: partitions }))
        await admin.createPartitions({ topicPartitions })
        log.notice(`Partitions added: ${describe(plan.raise)}`)
      }
      for (const topic of plan.configure.map(fit)) {
        if (await setConfigs(admin, topic)) log.notice(`Configs set: ${topic.name}`)
      }
    })
  } catch (error) {
    throw new LocalServicesError(
      'TOPICS_FAILED',
      `Kafka on ${brokers.join(',')} does not take the topics as the resources declare them: ${reasonOf(error)}`,
      { cause: error },
    )
  }
}

/** Runs the work with an admin client that keeps quiet, and disconnects it. */
export async function withAdmin<T>(config: KafkaConfig, work: (admin: Admin) => Promise<T>): Promise<T> {
  stopIdleTimers()
  const admin = new Kafka({ clientId: 'local-services', logLevel: logLevel.NOTHING, ...config }).admin()
  try {
    await admin.connect()
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

async function presentTopics(admin: Admin) {
  const { topics } = await admin.fetchTopicMetadata()
  return topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }))
}

async function fitToCluster(admin: Admin): Promise<(topic: DeclaredTopic) => FittedTopic> {
  const { brokers } = await admin.describeCluster()
  return (topic) => fitToBrokers(topic, brokers.length)
}

/** Another process may create the same topics at the same time: that they exist is all that counts. */
async function createTopics(admin: Admin, topics: readonly FittedTopic[]): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
  })
}

/** Whether anything was to be changed. The request replaces all configs that were set on the topic. */
async function setConfigs(admin: Admin, { name, configs }: FittedTopic): Promise<boolean> {
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
  })
  const present = (described.resources[0]?.configEntries ?? []).filter(
    ({ configSource }) => configSource === SET_ON_TOPIC,
  )
  const wanted = Object.entries(configs)
  const same =
    present.length === wanted.length &&
    present.every(({ configName, configValue }) => configs[configName] === configValue)
  if (same) return false
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configEntries: wanted.map(([key, value]) => ({ name: key, value })),
      },
    ],
  })
  return true
}

const describe = (topics: readonly DeclaredTopic[]) =>
  topics.map(({ name, partitions }) => `${name} (${partitions} partitions)`).join(', ')

/** KafkaJS collects what it learnt about each topic in one error. */
function reasonOf(error: unknown): string {
  const { message, errors } = error as { message: string; errors?: { message: string; topic?: string }[] }
  return errors ? errors.map((one) => `${one.topic}: ${one.message}`).join('; ') : message
}
