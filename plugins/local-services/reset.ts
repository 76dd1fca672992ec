import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { claimDataFolder } from './src/dataFolder.ts'
import { LocalServicesError } from './src/errors.ts'
import { PROJECT_ROOT } from './src/kafkaVersion.ts'
import { dataDirOf } from './src/localCluster.ts'
import { dynamoDbDirOf } from './src/localDynamoDb.ts'

/** `npm run reset`: empties the data of the local services. The jars stay. An argument names another service's folder. */
const folder = process.argv[2] ?? PROJECT_ROOT
const services = [
  { name: 'Kafka', dataDir: dataDirOf(folder) },
  { name: 'DynamoDB', dataDir: dynamoDbDirOf(folder) },
]

try {
  const used = services.filter(({ dataDir }) => existsSync(dataDir))
  // All claimed before one is emptied: without its orders, what was charged would mean nothing. Nobody can start meanwhile.
  for (const { name, dataDir } of used) await claimDataFolder(dataDir, 0, console.log, name)
  for (const { dataDir } of used) await rm(dataDir, { recursive: true })
  for (const { name, dataDir } of services) console.log(`The local ${name} is empty: ${dataDir}`)
} catch (error) {
  if (!(error instanceof LocalServicesError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
