import { describe, expect, it } from '@jest/globals'
import { mappingSettings, SettingsError } from '../../src/settings.ts'

const MSK = { arn: 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0', topic: 'orders' }
const PROVISIONED = { provisionedPollerConfig: {} }
const problemsOf = (event: unknown): readonly string[] => {
  try {
    mappingSettings(event)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
  }
  return []
}

it("has AWS's defaults", () => {
  expect(mappingSettings(MSK)).toEqual({
    arn: MSK.arn,
    topic: 'orders',
    batchSize: 100,
    batchingWindowMs: 500,
    startingPosition: { at: 'TRIM_HORIZON' },
    consumerGroupId: undefined,
    enabled: true,
    reportsFailures: false,
    pollers: undefined,
    maximumRetries: Infinity,
    maximumRecordAgeMs: Infinity,
    bisects: false,
    destination: undefined,
    filterPatterns: [],
    notObeyed: [],
  })
})

it('reads every setting', () => {
  const event = {
    ...MSK,
    arn: { Ref: 'Cluster' },
    batchSize: 10_000,
    maximumBatchingWindow: 0,
    startingPosition: 'AT_TIMESTAMP',
    startingPositionTimestamp: 1_767_225_600.5,
    consumerGroupId: 'payment_service',
    enabled: false,
    functionResponseType: 'ReportBatchItemFailures',
    provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 2_000 },
    filterPatterns: [{ value: { status: ['pending'] } }],
  }

  expect(mappingSettings(event)).toEqual({
    arn: { Ref: 'Cluster' },
    topic: 'orders',
    batchSize: 10_000,
    batchingWindowMs: 0,
    startingPosition: { at: 'AT_TIMESTAMP', timestampMs: 1_767_225_600_500 },
    consumerGroupId: 'payment_service',
    enabled: false,
    reportsFailures: true,
    pollers: { minimum: 1, maximum: 2_000 },
    maximumRetries: Infinity,
    maximumRecordAgeMs: Infinity,
    bisects: false,
    destination: undefined,
    filterPatterns: [],
    notObeyed: ['filterPatterns'],
  })
})

describe('refuses, naming the field,', () => {
  it.each([
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 10_001 }],
    ['batchSize', { batchSize: 1.5 }],
    ['maximumBatchingWindow', { maximumBatchingWindow: 301 }],
    ['maximumBatchingWindow', { maximumBatchingWindow: 0.5 }],
    ['startingPosition', { startingPosition: 'EARLIEST' }],
    ['startingPositionTimestamp', { startingPosition: 'AT_TIMESTAMP' }],
    ['startingPositionTimestamp', { startingPosition: 'LATEST', startingPositionTimestamp: 5 }],
    ['topic', { topic: 'a b' }],
    ['consumerGroupId', { consumerGroupId: 'a b' }],
    ['functionResponseType', { functionResponseType: 'ReportBatchItemFailures' }],
    ['functionResponseType', { functionResponseType: 'Report', ...PROVISIONED }],
    ['provisionedPollerConfig.minimumPollers', { provisionedPollerConfig: { minimumPollers: 0 } }],
    ['provisionedPollerConfig.maximumPollers', { provisionedPollerConfig: { maximumPollers: 2_001 } }],
    [
      'provisionedPollerConfig.minimumPollers',
      { provisionedPollerConfig: { minimumPollers: 3, maximumPollers: 2 } },
    ],
    ['provisionedPollerConfig.pollers', { provisionedPollerConfig: { pollers: 1 } }],
    ['batchsize', { batchsize: 5 }],
  ])('%s', (field, changes) => {
    expect(problemsOf({ ...MSK, ...changes })).toEqual([expect.stringMatching(`^${field}: `)])
  })

  it('what is missing', () => {
    expect(problemsOf({})).toEqual([expect.stringMatching('^arn: '), expect.stringMatching('^topic: ')])
  })
})
