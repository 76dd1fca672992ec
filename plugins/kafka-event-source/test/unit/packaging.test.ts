import { expect, it } from '@jest/globals'
import { completeTemplate } from '../../src/packaging.ts'
import type { ServerlessLike, TemplateResource } from '../../src/serverless.ts'

const packaged = (settings: object) => {
  const mapping: TemplateResource = { Type: 'AWS::Lambda::EventSourceMapping', Properties: { BatchSize: 5 } }
  const serverless = {
    service: {
      provider: { compiledCloudFormationTemplate: { Resources: { 'f/demo/orders': mapping } } },
      getAllFunctions: () => ['f'],
      getFunction: () => ({ name: 'shop-dev-f', events: [{ msk: { topic: 'orders', ...settings } }] }),
    },
    getProvider: () => ({ naming: { getMSKEventLogicalId: (...parts: string[]) => parts.join('/') } }),
  } as unknown as ServerlessLike
  completeTemplate(serverless)
  return mapping.Properties
}

it.each([
  ['an ARN', 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0'],
  ['a Ref', { Ref: 'demo' }],
  ['an import', { 'Fn::ImportValue': 'demo' }],
])('writes what Serverless leaves out, for a cluster given as %s', (_form, arn) => {
  const settings = {
    arn,
    maximumBatchingWindow: 0,
    functionResponseType: 'ReportBatchItemFailures',
    provisionedPollerConfig: {},
  }

  expect(packaged(settings)).toEqual({
    BatchSize: 5,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumBatchingWindowInSeconds: 0,
  })
})

it('leaves a mapping alone that has none of it', () => {
  expect(packaged({ arn: { Ref: 'demo' } })).toEqual({ BatchSize: 5 })
})

it('stops at what AWS would refuse', () => {
  expect(() => packaged({ arn: { Ref: 'demo' }, batchSize: 0 })).toThrow(
    'Function f, event 0 (msk), batchSize: ',
  )
})
