/** A process of its own that starts a broker and lives on: for tests that kill it. Arguments: port, data folder. */
import { startKafkaBroker } from '../../src/kafkaBroker.ts'

const [port, dataDir = ''] = process.argv.slice(2)
const broker = await startKafkaBroker({ port: Number(port), dataDir })
console.log(`ready ${broker.pid}`)
