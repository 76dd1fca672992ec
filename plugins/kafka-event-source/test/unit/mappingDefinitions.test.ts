import { expect, it } from '@jest/globals'
import {
  consumerGroupId,
  mappingDefinitions,
  refuseNotObeyed,
  selfManagedFunctions,
} from '../../src/mappingDefinitions.ts'
import type { FunctionLike, ServiceLike } from '../../src/serverless.ts'

const ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0'
const aService = (functions: Record<string, Partial<FunctionLike>>): ServiceLike => ({
  service: 'shop',
  provider: {},
  getAllFunctions: () => Object.keys(functions),
  getFunction: (key) => ({ name: `shop-dev-${key}`, ...functions[key] }),
})
const reading = (topic: string, settings = {}) => ({ msk: { arn: ARN, topic, ...settings } })

it('finds every msk event and passes over the others', () => {
  const service = aService({
    web: { events: [{ httpApi: 'POST /orders' }] },
    both: { events: [reading('a'), { schedule: 'rate(1 day)' }, reading('b')] },
  })

  const found = mappingDefinitions(service).map(({ functionKey, settings }) => [functionKey, settings.topic])

  expect(found).toEqual([
    ['both', 'a'],
    ['both', 'b'],
  ])
})

it('tells all that is wrong at once, with function, event and field', () => {
  const service = aService({
    slow: { timeout: 841, events: [reading('a')] },
    wrong: { events: [{ httpApi: '*' }, reading('b', { batchSize: 0, retries: 1 })] },
  })

  expect(() => mappingDefinitions(service)).toThrow(
    [
      "Function slow, event 0 (msk): the function's timeout may be 14 minutes (840 s) at most",
      'Function wrong, event 1 (msk), batchSize: Too small: expected number to be >=1',
      'Function wrong, event 1 (msk), retries: is not a setting of a mapping',
    ].join('\n'),
  )
})

it('names a group after function and topic when none is given, the same at each start', () => {
  const service = aService({ f: { events: [reading('a'), reading('b', { consumerGroupId: 'mine' })] } })

  expect(mappingDefinitions(service).map(consumerGroupId)).toEqual(['shop-dev-f-a', 'mine'])
})

it('finds the functions of self-managed clusters, which are not run', () => {
  const service = aService({ f: { events: [reading('a')] }, g: { events: [{ kafka: { topic: 'b' } }] } })

  expect(selfManagedFunctions(service)).toEqual(['g'])
})

it('refuses two mappings in one group', () => {
  const settings = { consumerGroupId: 'mine' }
  const service = aService({
    f: { events: [reading('a', settings)] },
    g: { events: [reading('b', settings)] },
  })

  expect(() => mappingDefinitions(service)).toThrow(
    'Function g, msk event of topic b, consumerGroupId: mine belongs to the msk event of topic a of function f already',
  )
})

it('refuses to run what this version would pass over', () => {
  const definitions = mappingDefinitions(
    aService({ f: { events: [reading('a', { filterPatterns: [{ value: { a: [1] } }] })] } }),
  )

  expect(() => refuseNotObeyed(definitions)).toThrow(
    'Function f, msk event of topic a, filterPatterns: is not obeyed locally yet',
  )
})
