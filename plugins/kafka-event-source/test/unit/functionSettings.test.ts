import { expect, it } from '@jest/globals'
import { functionSettings } from '../../src/runner/functionSettings.ts'
import type { FunctionLike, ServerlessLike, ServiceLike } from '../../src/serverless/serverless.ts'

const settingsOf = (
  definition: Partial<FunctionLike>,
  provider: ServiceLike['provider'] = {},
  custom: ServiceLike['custom'] = {},
  options = {},
) => {
  const service = {
    service: 'shop',
    provider,
    custom,
    getAllFunctions: () => ['f'],
    getFunction: () => ({ name: 'shop-dev-f', handler: 'src/f.handler', ...definition }),
  }
  return functionSettings({ service, serviceDir: '/shop' } as unknown as ServerlessLike, 'f', options)
}

it("gives the function its own environment, the provider's and Lambda's, and of this process only what is AWS's", () => {
  process.env.AWS_PROFILE = 'mine'
  process.env.NOT_FOR_FUNCTIONS = 'secret'

  const { environment } = settingsOf(
    { environment: { BOTH: 'function', NUMBER: 5 }, timeout: 7 },
    {
      region: 'eu-central-1',
      memorySize: 512,
      environment: { BOTH: 'provider', SHARED: true, REFERENCE: { Ref: 'Cluster' } },
    },
  )

  expect(environment).toMatchObject({
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_FUNCTION_NAME: 'shop-dev-f',
    AWS_LAMBDA_FUNCTION_TIMEOUT: '7',
    AWS_PROFILE: 'mine',
    AWS_REGION: 'eu-central-1',
    BOTH: 'function',
    IS_OFFLINE: 'true',
    NUMBER: '5',
    SHARED: 'true',
    _HANDLER: 'src/f.handler',
  })
  expect(environment).not.toHaveProperty('REFERENCE')
  expect(environment).not.toHaveProperty('NOT_FOR_FUNCTIONS')
})

it("has Serverless' defaults", () => {
  expect(settingsOf({})).toMatchObject({ codeFolder: '/shop', memorySizeMb: 1_024, timeoutMs: 6_000 })
})

it("follows serverless-offline's own settings for the code's folder and for debugging without a timeout", () => {
  const custom = { 'serverless-offline': { location: '.build', noTimeout: true } }

  expect(settingsOf({}, {}, custom)).toMatchObject({ codeFolder: '/shop/.build', timeoutMs: undefined })
  expect(settingsOf({}, {}, custom, { noTimeout: false }).timeoutMs).toBe(6_000)
})

it('refuses what is not a Node.js handler', () => {
  expect(() => settingsOf({ runtime: 'python3.13' })).toThrow(
    'Function f: only functions with a Node.js handler',
  )
})
