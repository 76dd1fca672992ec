import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ConformanceService } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html

const POLLERS = { provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 } }
const MODE = 'AWS has it in provisioned mode only: set provisionedPollerConfig too'

const refused = new ConformanceService()
const refuse = (name: string, event: Record<string, unknown>, more = {}) =>
  refused.function(name, { event, ...more })
refuse('retries', { maximumRetryAttempts: 1 })
refuse('age', { maximumRecordAgeInSeconds: 60 })
refuse('bisect', { bisectBatchOnFunctionError: true })
refuse('reports', { functionResponseType: 'ReportBatchItemFailures' })
refuse('toTopic', { destinations: { onFailure: 'kafka://dead_letters' } })
refuse('ownTopic', { ...POLLERS, destinations: { onFailure: `kafka://${refused.topic('ownTopic')}` } })
refuse('tooMany', { ...POLLERS, maximumRetryAttempts: 10_001, maximumRecordAgeInSeconds: 59 })
refuse('pollers', { provisionedPollerConfig: { minimumPollers: 201, maximumPollers: 2_001 } })
refuse('slow', {}, { timeout: 841 })
refuse('twins', { consumerGroupId: 'one-group' }, { topics: ['x', 'y'] })

const unknown = new ConformanceService()
unknown.function('misspelt', { event: { ...POLLERS, maximumRetryAttempt: 1 } })

beforeAll(() => Promise.all([refused.write(), unknown.write()]))
afterAll(() => Promise.all([refused.stop(), unknown.stop()]))

describe.each(['package', 'offline'])('serverless %s', (command) => {
  it('refuses what AWS would refuse, all of it at once, each with function, event and field', async () => {
    const { code, output } = await refused.run(command)

    expect(code).toBe(1)
    const lines = output.match(/Function \w+, event \d .*/g) ?? []
    expect(lines).toEqual([
      `Function retries, event 0 (msk), maximumRetryAttempts: ${MODE}`,
      `Function age, event 0 (msk), maximumRecordAgeInSeconds: ${MODE}`,
      `Function bisect, event 0 (msk), bisectBatchOnFunctionError: ${MODE}`,
      `Function reports, event 0 (msk), functionResponseType: ${MODE}`,
      `Function toTopic, event 0 (msk), destinations.onFailure: ${MODE}`,
      "Function ownTopic, event 0 (msk), destinations.onFailure: must not be the event's own topic",
      'Function tooMany, event 0 (msk), maximumRetryAttempts: must be a whole number from -1 to 10000',
      'Function tooMany, event 0 (msk), maximumRecordAgeInSeconds: must be -1 or a whole number from 60 to 604800',
      'Function pollers, event 0 (msk), provisionedPollerConfig.minimumPollers: must be a whole number from 1 to 200',
      'Function pollers, event 0 (msk), provisionedPollerConfig.maximumPollers: must be a whole number from 1 to 2000',
      "Function slow, event 0 (msk): the function's timeout may be 14 minutes (840 s) at most",
      'Function twins, event 1 (msk), consumerGroupId: one-group is the group of function twins, event 0 (msk) already',
    ])
    expect(output).not.toContain('    at ')
  })

  it('refuses a key that it does not know', async () => {
    const { code, output } = await unknown.run(command)

    expect(code).toBe(1)
    expect(output).toContain('maximumRetryAttempt')
  })
})
