import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { eventSource } from '../../plugins/kafka-event-source/test/bench/eventSource.ts'
import { KAFKA_VERSION } from '../../plugins/local-services/src/kafkaVersion.ts'
import { removeAbandonedFolders, startTestBroker } from '../helpers/broker.ts'
import { BenchTable } from './BenchTable.ts'
import type { Bench } from './bench.ts'
import { client } from './client.ts'
import { coldStart } from './coldStart.ts'
import { createOrder } from './createOrder.ts'
import { environments } from './environments.ts'
import { growth } from './growth.ts'
import { memory } from './memory.ts'
import { payment } from './payment.ts'
import { paymentDelays } from './paymentDelays.ts'
import { pipeline } from './pipeline.ts'
import { size } from './size.ts'
import { start } from './start.ts'

// npm run bench [-- <name>…] [--quick] [--json] [--plots]
//
// `--plots` draws the plots of docs/performance.md anew. Only then: a look at the figures changes no file of the repository.

const BENCHES: Readonly<Record<string, Bench>> = {
  'create-order': createOrder,
  environments,
  payment,
  'payment-delays': paymentDelays,
  pipeline,
  'cold-start': coldStart,
  size,
  start,
  memory,
  'event-source': eventSource,
  growth,
  client,
}

const words = process.argv.slice(2)
const json = words.includes('--json')
const quick = words.includes('--quick')
const plots = words.includes('--plots')
if (plots && quick) {
  console.error('--plots goes without --quick, whose figures are not to be kept.')
  process.exit(2)
}
const plotsFolder = plots ? fileURLToPath(new URL('../../docs', import.meta.url)) : undefined
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
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  kafka: KAFKA_VERSION,
}
print(
  `${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, Kafka ${machine.kafka}; ` +
    'median (each round)',
)

// What runs for it is ended at its exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
const secondsSince = (startedAt: number) => Math.round((performance.now() - startedAt) / 1_000)

removeAbandonedFolders()
const table = new BenchTable(print)
const begunAt = performance.now()
for (const [name, bench] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue
  print(`\n== ${name}`)
  table.bench = name
  const startedAt = performance.now()
  // Of its own, so that what one benchmark leaves on the broker is not in the way of the next.
  const broker = await startTestBroker()
  try {
    await bench({ brokers: broker.brokers, table, quick, plotsFolder })
  } finally {
    await broker.remove()
  }
  print(`(${secondsSince(startedAt)} s)`)
}
const seconds = secondsSince(begunAt)
print(`\n${seconds} s`)
if (json) console.log(JSON.stringify({ machine, seconds, rows: table.rows }, null, 2))
process.exit()
