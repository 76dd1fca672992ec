import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { claimDataFolder } from './src/dataFolder.ts'
import { LocalServicesError } from './src/errors.ts'
import { PROJECT_ROOT } from './src/kafkaVersion.ts'
import { dataDirOf } from './src/localCluster.ts'

/** `npm run reset`: empties the data of the local services. The jars stay. An argument names another service's folder. */
const dataDir = dataDirOf(process.argv[2] ?? PROJECT_ROOT)

try {
  if (existsSync(dataDir)) {
    // Nobody can start a broker on the data meanwhile.
    await claimDataFolder(dataDir, 0, console.log)
    await rm(dataDir, { recursive: true })
  }
  console.log(`The local Kafka is empty: ${dataDir}`)
} catch (error) {
  if (!(error instanceof LocalServicesError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
