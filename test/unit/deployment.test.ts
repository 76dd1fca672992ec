import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { readSettings } from '../../shared/settings.ts'

interface FunctionDefinition {
  timeout: number
  environment?: Record<string, string>
  events: { msk?: { batchSize: number; functionResponseType: string } }[]
}

const root = path.resolve(import.meta.dirname, '../..')
const serverless = path.join(root, 'node_modules/serverless/bin/serverless.js')

/** serverless.yml as Serverless resolves it. */
describe('the functions as deployed', () => {
  let functions: Record<string, FunctionDefinition>
  const settingsOf = (name: string) => readSettings(functions[name]?.environment ?? {})

  beforeAll(() => {
    const printed = execFileSync(process.execPath, [serverless, 'print', '--format', 'json'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    })
    functions = JSON.parse(printed).functions
  })

  it.each(['payment', 'notification'])('%s answers for each record', (name) => {
    expect(functions[name]?.events[0]?.msk?.functionResponseType).toBe('ReportBatchItemFailures')
  })

  it('payment has time for a full batch, whether all its keys differ or all are one', () => {
    const { timeout, events } = functions.payment as FunctionDefinition
    const { batchConcurrency, paymentMaxDelayMs, produceReserveMs } = settingsOf('payment')
    const batchSize = events[0]?.msk?.batchSize as number
    const answerMs = 1_000

    const allKeysDiffer = Math.ceil(batchSize / batchConcurrency) * paymentMaxDelayMs
    const allKeysEqual = batchSize * paymentMaxDelayMs

    expect(Math.max(allKeysDiffer, allKeysEqual) + produceReserveMs + answerMs).toBeLessThan(timeout * 1_000)
  })

  it('createOrder answers before its function, and the HTTP API before it, give up', () => {
    const { timeout } = functions.createOrder as FunctionDefinition

    expect(settingsOf('createOrder').orderDeadlineMs).toBeLessThan(timeout * 1_000)
    expect(timeout).toBeLessThan(30)
  })
})
