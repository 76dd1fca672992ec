import { type DynamoDbLocal, startDynamoDbLocal } from '../../plugins/local-services/src/dynamoDbLocal.ts'
import { ensureTables } from '../../plugins/local-services/src/dynamoDbTables.ts'
import { removeFolder, temporaryFolder } from './broker.ts'
import { freePort } from './freePort.ts'

/** A DynamoDB Local of one test's own, which it may stop, kill and start again on the same port and data. */
export interface TestDynamoDb {
  /** `http://127.0.0.1:port`; stays the same over restarts. */
  readonly endpoint: string
  readonly port: number
  readonly dataDir: string
  /** The one that runs now, or ran last. */
  readonly current: DynamoDbLocal
  stop(): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Again, on the same port and data. */
  start(): Promise<void>
  /** Ends it and removes the data; for `afterAll`. */
  remove(): Promise<void>
}

export async function startTestDynamoDb(): Promise<TestDynamoDb> {
  const port = await freePort()
  const dataDir = temporaryFolder()
  const start = () => startDynamoDbLocal({ port, dataDir })
  let current = await start()
  const kill = async () => {
    current.kill()
    await current.exited
  }
  return {
    endpoint: current.endpoint,
    port,
    dataDir,
    get current() {
      return current
    },
    stop: () => current.stop(),
    kill,
    async start() {
      current = await start()
    },
    async remove() {
      await kill()
      removeFolder(dataDir)
    },
  }
}

/** A table as resources/outcomes.yml declares it; harmless when it exists. */
export async function createOutcomesTable(endpoint: string, name: string): Promise<void> {
  await ensureTables(endpoint, [
    {
      logicalId: 'OutcomesTable',
      name,
      create: {
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
      timeToLive: { AttributeName: 'expiresAt', Enabled: true },
    },
  ])
}
