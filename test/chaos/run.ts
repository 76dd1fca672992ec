import { join } from 'node:path'
import { PROJECT_ROOT } from '../../plugins/local-services/src/kafkaVersion.ts'
import { removeAbandonedFolders, removeOwnFolders } from '../helpers/broker.ts'
import { runChaos } from './chaosRun.ts'
import { keepDataInMemory } from './dataInMemory.ts'
import { type ChaosOptions, commandLine, readOptions, USAGE } from './options.ts'
import { faultsText, reportRows, tableOf } from './report.ts'
import { startSystem } from './system.ts'
import { judge } from './verdict.ts'

// npm run test:chaos [-- <options>], see USAGE; ends with 1 when an order was lost or charged twice.

let options: ChaosOptions
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`)
  process.exit(2)
}
const { seed, ignoreKeys, json } = options
const startedAt = performance.now()
const print = (text: string) => (json ? process.stderr : process.stdout).write(`${text}\n`)
const say = (text: string) =>
  print(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${text}`)

// The processes end with this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
process.once('exit', removeOwnFolders)
keepDataInMemory()
removeAbandonedFolders()

const outputFolder = join(PROJECT_ROOT, '.local', 'chaos')
say(`seed ${seed}${ignoreKeys ? ', a gateway that ignores keys' : ''}; outputs in ${outputFolder}`)
const system = await startSystem({ outputFolder, seed, ignoreKeys })
try {
  const run = await runChaos(system, options, say)
  const verdict = judge(run.evidence)
  const rows = reportRows(run, verdict.figures)
  print(`\n${tableOf(rows)}\n\n${faultsText(verdict)}`)
  if (json) console.log(JSON.stringify({ seed, figures: rows, faults: verdict.faults }, null, 2))
  if (verdict.faults.length > 0) {
    process.exitCode = 1
    print(`To repeat it: npm run test:chaos -- ${commandLine(options)}`)
  }
} finally {
  await system.remove()
}
process.exit()
