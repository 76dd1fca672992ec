import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { readSettings } from '../../shared/settings.ts'

interface FunctionDefinition {
  timeout: number
  environment?: Record<string, unknown>
  events: { msk?: { batchSize: number; [setting: string]: unknown } }[]
}

const root = path.resolve(import.meta.dirname, '../..')
const serverless = path.join(root, 'node_modules/serverless/bin/serverless.js')

/** serverless.yml as Serverless resolves it. */
describe('the functions as deployed', () => {
  let functions: Record<string, FunctionDefinition>
  let topics: (string | undefined)[]
  /** Of what is known before a deployment, which is set to text; Lambda itself adds the Region. */
  const settingsOf = (name: string) => {
    const known = Object.entries(functions[name]?.environment ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    )
    return readSettings({ AWS_REGION: 'us-east-1', ...Object.fromEntries(known) })
  }

  beforeAll(() => {
    const printed = execFileSync(process.execPath, [serverless, 'print', '--format', 'json'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    })
    const service = JSON.parse(printed)
    functions = service.functions
    topics = Object.values<{ Properties: { TopicName?: string } }>(service.resources.Resources).map(
      ({ Properties }) => Properties.TopicName,
    )
  })

  it.each(['payment', 'notification'])(
    '%s fails record by record, and hands on what keeps failing',
    (name) => {
      expect(functions[name]?.events[0]?.msk).toMatchObject({
        startingPosition: 'TRIM_HORIZON',
        maximumBatchingWindow: 0,
        functionResponseType: 'ReportBatchItemFailures',
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: 10,
        destinations: { onFailure: 'kafka://dead_letters' },
        provisionedPollerConfig: { pollerGroupName: 'orders-on-kafka-dev' },
      })
      expect(topics).toContain('dead_letters')
    },
  )

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
