import { type KafkaBroker, startKafkaBroker } from '../../plugins/local-services/src/kafkaBroker.ts'
import { removeAbandonedFolders, removeFolder, removeOwnFolders, temporaryFolder } from './broker.ts'
import { freePort } from './freePort.ts'
import { STOP_SHARED_BROKER, type WithSharedBroker } from './sharedBroker.teardown.ts'

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/**
 * Jest's globalSetup: one broker for all integration tests, its address in KAFKA_BROKERS. Each test takes topics
 * and groups of its own. Broker and data go with the run, also when that is interrupted.
 */
export default async function startSharedBroker(): Promise<void> {
  removeAbandonedFolders()
  const dataDir = temporaryFolder()
  const interrupted = new AbortController()
  const port = await freePort()
  const starting = startKafkaBroker({
    port,
    dataDir,
    log: (line) => process.stderr.write(`${line}\n`),
    signal: interrupted.signal,
  })

  let running: KafkaBroker | undefined
  const removeAtOnce = () => {
    running?.kill()
    removeOwnFolders()
  }
  const endBySignal = async (signal: NodeJS.Signals) => {
    interrupted.abort()
    await starting.catch(() => {})
    running?.kill()
    await running?.exited
    process.exit(EXIT_CODES[signal as keyof typeof EXIT_CODES])
  }
  const signals = Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]
  process.once('exit', removeAtOnce)
  for (const signal of signals) process.once(signal, endBySignal)

  running = await starting
  process.env.KAFKA_BROKERS = running.brokers
  ;(globalThis as WithSharedBroker)[STOP_SHARED_BROKER] = async () => {
    await running.stop()
    removeFolder(dataDir)
    process.off('exit', removeAtOnce)
    for (const signal of signals) process.off(signal, endBySignal)
  }
}
