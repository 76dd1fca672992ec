import { EventSourceMapping } from '../../../src/EventSourceMapping.ts'
import { ClusterHealth } from '../../../src/kafka/ClusterHealth.ts'
import { kafkaClient } from '../../../src/kafka/kafkaClient.ts'
import { DEFAULT_RETRY_PAUSE } from '../../../src/polling/retryPause.ts'
import { EnvironmentPool } from '../../../src/runner/EnvironmentPool.ts'
import { silentLog } from '../../helpers/log.ts'
import { consumerSettings } from './settings.ts'

// The plugin's mapping with all of its rules in force: retries, record age, splitting, partial answers, a filter.

const { brokers, topic, groupId, batchSize, handler } = consumerSettings()
const cluster = { brokers: [brokers], ssl: false as const }
const fail = (what: unknown): void => {
  process.stderr.write(`${JSON.stringify(what)}\n`)
  process.exit(1)
}
const runner = new EnvironmentPool(
  {
    functionKey: 'bench',
    functionName: 'bench',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
    handler: `handlers.${handler}`,
    codeFolder: new URL('..', import.meta.url).pathname,
    runtime: 'nodejs24.x',
    memorySizeMb: 512,
    timeoutMs: 60_000,
    environment: {},
  },
  { log: { ...silentLog, warning: fail } },
)
runner.warm()
const mapping = new EventSourceMapping({
  name: 'bench',
  groupId,
  settings: {
    topic,
    batchSize,
    batchingWindowMs: 0,
    startingPosition: { at: 'TRIM_HORIZON' },
    reportsFailures: true,
    pollers: { minimum: 1, maximum: 1 },
    maximumRetries: 10,
    maximumRecordAgeMs: 604_800_000,
    bisects: true,
  },
  filter: () => true,
  destination: undefined,
  retryPause: DEFAULT_RETRY_PAUSE,
  source: {
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/bench/0-0',
    bootstrapServers: brokers,
  },
  kafka: kafkaClient(cluster, 'bench', silentLog),
  health: new ClusterHealth(cluster, silentLog),
  runner,
  // A retry here is a fault of the bench.
  log: { ...silentLog, warning: fail, error: fail },
})
await mapping.start()
