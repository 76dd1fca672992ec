import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { spawnGuarded } from '../../plugins/local-services/src/guardedProcess.ts'
import { accepts } from '../../plugins/local-services/src/ports.ts'
import { freePort } from '../helpers/freePort.ts'
import { waitFor } from '../helpers/waitFor.ts'
import { type LedgerEntry, readLedger } from './gatewayLedger.ts'

export interface ChaosGateway {
  /** To be posted to. */
  readonly url: string
  /** The next call is charged and never answered. */
  hangNext(): Promise<void>
  ledger(): LedgerEntry[]
  stop(): Promise<void>
}

export interface ChaosGatewayOptions {
  ledgerFile: string
  outputFile: string
  seed: string
  ignoreKeys: boolean
}

export async function startGateway(options: ChaosGatewayOptions): Promise<ChaosGateway> {
  const { ledgerFile, outputFile, seed, ignoreKeys } = options
  const port = await freePort()
  const output = openSync(outputFile, 'a')
  const gateway = spawnGuarded(
    process.execPath,
    [
      fileURLToPath(new URL('gateway.ts', import.meta.url)),
      ...['--port', String(port), '--ledger', ledgerFile, '--seed', seed],
      ...(ignoreKeys ? ['--ignore-keys'] : []),
    ],
    { output, graceSeconds: 2 },
  )
  closeSync(output)
  await waitFor(() => accepts(port), { what: `the gateway listens; its output is in ${outputFile}` })
  const url = `http://127.0.0.1:${port}`
  return {
    url: `${url}/charges`,
    async hangNext() {
      await fetch(`${url}/hang`, { method: 'POST' })
    },
    ledger: () => readLedger(readFileSync(ledgerFile, 'utf8')),
    stop: () => gateway.stop(),
  }
}
