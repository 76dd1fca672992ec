import { join } from 'node:path'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { LOOPBACK } from '../../plugins/local-services/src/ports.ts'
import type { Properties } from '../../plugins/local-services/src/serverProperties.ts'
import { stopIdleTimers } from '../../shared/kafka/kafkaJsTimers.ts'
import { freePort } from '../helpers/freePort.ts'
import { waitFor } from '../helpers/waitFor.ts'
import { KafkaNode } from './kafkaNode.ts'

stopIdleTimers()

const BROKERS = 3
const CONTROLLER_ID = 100
const START_WITHIN_MS = 90_000

/** As a cluster of MSK in three zones has it: three copies of everything, and two must have a record. */
const REPLICATED: Properties = {
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'offsets.topic.replication.factor': 3,
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  // Brokers that are back lead again what they led, soon: leaders and coordinators move without a failure, too.
  'leader.imbalance.check.interval.seconds': 10,
  // A busy machine must not make the controller give up brokers that live.
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
}

/** Three brokers and, as on MSK, a controller beside them that nothing happens to. */
export interface ChaosCluster {
  /** `host:port,…` of all three. */
  readonly brokers: string
  /** Id of the broker that leads this partition of `orders`. */
  leaderOf(partition: number): Promise<number>
  /** The broker, from 1 to 3. */
  node(id: number): KafkaNode
  /** Resolves when all copies of all partitions are in sync. */
  inSync(): Promise<void>
  /** Resolves when each partition is led by the broker that is to lead it, some seconds after all are in sync. */
  ledAsPlanned(): Promise<void>
  /** Runs a task with an admin client of its own. */
  withAdmin<T>(task: (admin: Admin) => Promise<T>): Promise<T>
  kill(): Promise<void>
}

export async function startCluster(folder: string): Promise<ChaosCluster> {
  const controllerPort = await freePort()
  const voters = { 'controller.quorum.voters': `${CONTROLLER_ID}@${LOOPBACK}:${controllerPort}` }
  const controller = new KafkaNode(join(folder, 'controller'), controllerPort, {
    ...REPLICATED,
    ...voters,
    'process.roles': 'controller',
    'node.id': CONTROLLER_ID,
    listeners: `CONTROLLER://${LOOPBACK}:${controllerPort}`,
    'advertised.listeners': '',
  })
  const nodes: KafkaNode[] = []
  for (let id = 1; id <= BROKERS; id++) {
    const port = await freePort()
    nodes.push(
      new KafkaNode(join(folder, `broker-${id}`), port, {
        ...REPLICATED,
        ...voters,
        'process.roles': 'broker',
        'node.id': id,
        listeners: `CLIENTS://${LOOPBACK}:${port}`,
      }),
    )
  }
  const brokers = nodes.map(({ port }) => `${LOOPBACK}:${port}`)
  const kafka = new Kafka({
    clientId: 'chaos',
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 100 },
  })

  async function withAdmin<T>(task: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = kafka.admin()
    try {
      await admin.connect()
      return await task(admin)
    } finally {
      await admin.disconnect()
    }
  }

  const cluster: ChaosCluster = {
    brokers: brokers.join(','),
    withAdmin,
    async leaderOf(partition) {
      const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: ['orders'] }))
      const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader
      if (leader === undefined || leader < 1) throw new Error(`orders-${partition} has no leader`)
      return leader
    },
    node(id) {
      const node = nodes[id - 1]
      if (node === undefined) throw new Error(`There is no broker ${id}`)
      return node
    },
    async inSync() {
      await waitFor(() => withAdmin(allInSync), { timeoutMs: START_WITHIN_MS, what: 'all replicas in sync' })
    },
    async ledAsPlanned() {
      await waitFor(() => withAdmin(allLedAsPlanned), {
        timeoutMs: START_WITHIN_MS,
        what: 'all partitions led by their first broker',
      })
    },
    async kill() {
      await Promise.all([controller, ...nodes].map((node) => node.kill()))
    },
  }
  try {
    await Promise.all([controller, ...nodes].map((node) => node.start()))
    await cluster.inSync()
  } catch (error) {
    await cluster.kill()
    throw error
  }
  return cluster
}

async function allInSync(admin: Admin): Promise<boolean> {
  const { brokers } = await admin.describeCluster()
  if (brokers.length < BROKERS) return false
  const { topics } = await admin.fetchTopicMetadata()
  return topics.every(({ partitions }) =>
    partitions.every(({ isr, replicas }) => isr.length === replicas.length),
  )
}

async function allLedAsPlanned(admin: Admin): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata()
  return topics.every(({ partitions }) => partitions.every(({ leader, replicas }) => leader === replicas[0]))
}
