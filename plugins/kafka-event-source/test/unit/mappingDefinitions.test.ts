import { expect, it } from '@jest/globals'
import type { FunctionLike, ServiceLike } from '../../src/serverless/serverless.ts'
import { consumerGroupId, mappingDefinitions } from '../../src/settings/mappingDefinitions.ts'

const ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0'
const onlyLetters = (...parts: string[]) => parts.join('/').replace(/[^\w/]|_/g, '')

const aService = (functions: Record<string, Partial<FunctionLike>>, service: Partial<ServiceLike> = {}) => ({
  service: {
    service: 'shop',
    provider: {},
    getAllFunctions: () => Object.keys(functions),
    getFunction: (key: string) => ({ name: `shop-dev-${key}`, ...functions[key] }),
    ...service,
  },
  getProvider: () => ({
    naming: {
      getMSKEventLogicalId: (...parts: string[]) => onlyLetters('msk', ...parts),
      getKafkaEventLogicalId: (...parts: string[]) => onlyLetters('kafka', ...parts),
    },
  }),
})
const reading = (topic: string, settings = {}) => ({ msk: { arn: ARN, topic, ...settings } })
const readingSelfManaged = (topic: string, settings = {}) => ({
  kafka: {
    topic,
    bootstrapServers: ['kafka.example.com:9092'],
    accessConfigurations: { vpcSubnet: ['subnet-0a'], vpcSecurityGroup: ['sg-0a'] },
    ...settings,
  },
})
const problemsOf = (...service: Parameters<typeof aService>): string[] => {
  try {
    mappingDefinitions(aService(...service))
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}

it('finds every msk and kafka event and passes over the others', () => {
  const service = aService({
    web: { events: [{ httpApi: 'POST /orders' }] },
    none: {},
    both: { events: [reading('aa'), { schedule: 'rate(1 day)' }, readingSelfManaged('bb')] },
  })

  const found = mappingDefinitions(service).map(({ functionKey, logicalId, settings }) => [
    functionKey,
    logicalId,
    settings.event,
    settings.topic,
  ])

  expect(found).toEqual([
    ['both', 'msk/both/demo/aa', 'msk', 'aa'],
    ['both', 'kafka/both/bb', 'kafka', 'bb'],
  ])
})

it.each([
  ['an ARN', ARN],
  ['a Ref', { Ref: 'demo' }],
  ['an import', { 'Fn::ImportValue': 'demo' }],
])('knows the name that Serverless gives a mapping whose cluster is given as %s', (_form, arn) => {
  const [found] = mappingDefinitions(aService({ f: { events: [reading('aa', { arn })] } }))

  expect(found?.logicalId).toBe('msk/f/demo/aa')
})

it('tells all that is wrong at once, with function, event and field', () => {
  const problems = problemsOf({
    slow: { timeout: 841, events: [reading('aa')] },
    wrong: { events: [{ httpApi: '*' }, reading('bb', { batchSize: 0, retries: 1 })] },
    selfManaged: { events: [readingSelfManaged('cc', { bootstrapServers: undefined })] },
    empty: { events: [{ msk: null }] },
  })

  expect(problems).toEqual([
    "Function slow, event 0 (msk): the function's timeout may be 14 minutes (840 s) at most",
    'Function wrong, event 1 (msk), batchSize: must be a whole number from 1 to 10000',
    'Function wrong, event 1 (msk), retries: is not a setting',
    'Function selfManaged, event 0 (kafka), bootstrapServers: is missing',
    'Function empty, event 0 (msk), must be a map of keys',
  ])
})

it('takes a timeout of 14 minutes, of the function or else of the provider', () => {
  expect(problemsOf({ f: { timeout: 840, events: [reading('aa')] } })).toEqual([])
  expect(problemsOf({ f: { events: [reading('aa')] } }, { provider: { timeout: 841 } })).toEqual([
    expect.stringContaining('14 minutes'),
  ])
})

it('names a group after function and topic when none is given, the same at each start', () => {
  const service = aService({ f: { events: [reading('aa'), reading('bb', { consumerGroupId: 'mine' })] } })

  expect(mappingDefinitions(service).map(consumerGroupId)).toEqual(['shop-dev-f-aa', 'mine'])
})

it('refuses two mappings in one group, of whatever kind and cluster', () => {
  const settings = { consumerGroupId: 'mine' }

  expect(
    problemsOf({
      f: { events: [reading('aa', settings)] },
      g: { events: [readingSelfManaged('bb', settings)] },
    }),
  ).toEqual([
    'Function g, event 0 (kafka), consumerGroupId: mine is the group of function f, event 0 (msk) already',
  ])
})

it.each([
  ['of one cluster and topic', reading('order_status'), reading('order_status', { consumerGroupId: 'mine' })],
  ['of topics whose letters are the same', reading('order_status'), reading('order-status')],
  [
    'of self-managed clusters',
    readingSelfManaged('orders'),
    readingSelfManaged('orders', { bootstrapServers: ['b.example.com:9092'], consumerGroupId: 'mine' }),
  ],
])(
  'refuses two mappings %s on one function, of which the template would keep one',
  (_what, first, second) => {
    expect(problemsOf({ f: { events: [first, second] } })).toEqual([
      expect.stringMatching(
        /^Function f, event 1 \((msk|kafka)\), topic: Serverless gives this mapping and that of function f, event 0 \(\1\) one name, /,
      ),
    ])
    expect(problemsOf({ f: { events: [first] }, g: { events: [second] } })).toEqual([])
  },
)

it("knows a destination's type by the service's own resources", () => {
  const onFailure = { 'Fn::GetAtt': ['DeadOrders', 'Arn'] }
  const functions = { f: { events: [reading('aa', { destinations: { onFailure } })] } }
  const resources = { Resources: { DeadOrders: { Type: 'AWS::SQS::Queue' } } }

  const [found] = mappingDefinitions(aService(functions, { resources }))

  expect(found?.settings.destination).toEqual({ type: 'sqs', arn: onFailure })
  expect(problemsOf(functions)).toEqual([
    expect.stringMatching(/^Function f, event 0 \(msk\), destinations.onFailure: .*name its type/),
  ])
})

it('takes a dead letter topic that another mapping reads', () => {
  const onFailure = 'kafka://dead_orders'
  const failing = reading('orders', { destinations: { onFailure }, provisionedPollerConfig: {} })

  expect(problemsOf({ f: { events: [failing] }, g: { events: [reading('dead_orders')] } })).toEqual([])
})

const sharingPollers = (topic: string, maximumPollers: number, arn = ARN) =>
  reading(topic, { arn, provisionedPollerConfig: { maximumPollers, pollerGroupName: 'shared' } })

it('refuses more than 2,000 pollers in one poller group of a cluster', () => {
  const service = (last: object) => ({
    f: { events: [sharingPollers('aa', 1_500), sharingPollers('bb', 500)] },
    g: { events: [last as Record<string, unknown>] },
  })

  expect(problemsOf(service(sharingPollers('cc', 1)))).toEqual([
    'Function g, event 0 (msk), provisionedPollerConfig.pollerGroupName: shared may have 100 mappings and 2000 maximumPollers in all, and has 3 and 2001 with this one',
  ])
  expect(problemsOf(service(sharingPollers('cc', 1, ARN.replace('demo', 'other'))))).toEqual([])
  expect(problemsOf(service(reading('cc', { provisionedPollerConfig: { maximumPollers: 1 } })))).toEqual([])
})

it('refuses the 101st mapping in one poller group', () => {
  const events = (count: number) => ({
    f: { events: Array.from({ length: count }, (_, index) => sharingPollers(`topic${index}`, 1)) },
  })

  expect(problemsOf(events(100))).toEqual([])
  expect(problemsOf(events(101))).toEqual([expect.stringContaining('has 101 and 101')])
})
