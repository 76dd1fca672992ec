import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ConformanceService } from './service.ts'

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html

const POLLERS = { provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 } }

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
refuse('filters', { filterPatterns: [{ key: ['x'] }, { value: { f: [{ 'looks-like': 'x' }] } }] })
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
    const problems = (output.match(/Function \w+, event \d .*/g) ?? []).map((line) => line.split(': '))
    expect(problems.map(([place]) => place)).toEqual([
      'Function retries, event 0 (msk), maximumRetryAttempts',
      'Function age, event 0 (msk), maximumRecordAgeInSeconds',
      'Function bisect, event 0 (msk), bisectBatchOnFunctionError',
      'Function reports, event 0 (msk), functionResponseType',
      'Function toTopic, event 0 (msk), destinations.onFailure',
      'Function ownTopic, event 0 (msk), destinations.onFailure',
      'Function tooMany, event 0 (msk), maximumRetryAttempts',
      'Function tooMany, event 0 (msk), maximumRecordAgeInSeconds',
      'Function pollers, event 0 (msk), provisionedPollerConfig.minimumPollers',
      'Function pollers, event 0 (msk), provisionedPollerConfig.maximumPollers',
      'Function filters, event 0 (msk), filterPatterns.0.key',
      'Function filters, event 0 (msk), filterPatterns.1.value.f.0.looks-like',
      'Function slow, event 0 (msk)',
      'Function twins, event 1 (msk), consumerGroupId',
    ])
    for (const [, ...problem] of problems.slice(0, 5)) {
      expect(problem.join(': ')).toContain('provisioned mode only: set provisionedPollerConfig')
    }
    expect(output).not.toContain('    at ')
  })

  it('refuses a key that it does not know', async () => {
    const { code, output } = await unknown.run(command)

    expect(code).toBe(1)
    expect(output).toContain('maximumRetryAttempt')
  })
})
