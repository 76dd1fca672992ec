import { cpus } from 'node:os'
import { eventSource } from '../../plugins/kafka-event-source/test/bench/eventSource.ts'
import { KAFKA_VERSION } from '../../plugins/local-services/src/kafkaVersion.ts'
import { removeAbandonedFolders, startTestBroker } from '../helpers/broker.ts'
import { BenchTable } from './BenchTable.ts'
import type { Bench } from './bench.ts'

// npm run bench [-- <name>…] [--quick] [--json]

const BENCHES: Readonly<Record<string, Bench>> = { 'event-source': eventSource }

const words = process.argv.slice(2)
const json = words.includes('--json')
const quick = words.includes('--quick')
const names = words.filter((word) => !word.startsWith('--'))
const unknown = names.filter((name) => BENCHES[name] === undefined)
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}

const print = (text: string) => (json ? process.stderr : process.stdout).write(`${text}\n`)
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  kafka: KAFKA_VERSION,
}
print(
  `${machine.cores} x ${machine.cpu}, Node ${machine.node}, Kafka ${machine.kafka}; median (each round)\n`,
)

removeAbandonedFolders()
const broker = await startTestBroker()
const table = new BenchTable(print)
try {
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length === 0 || names.includes(name)) await bench({ brokers: broker.brokers, table, quick })
  }
  if (json) console.log(JSON.stringify({ machine, rows: table.rows }, null, 2))
} finally {
  await broker.remove()
}
process.exit()
