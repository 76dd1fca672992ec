// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { type EventKind, FOR_AWS_ONLY, SETTINGS } from '../../src/settings/events.ts'
import type { Resources } from '../../src/settings/resources.ts'
import { readEvent } from '../../src/settings/settings.ts'
import { SettingsError } from '../../src/settings/settingsError.ts'
import { SETTING_OF } from '../helpers/mappingProperties.ts'

const MSK = { arn: 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0', topic: 'orders' }
const KAFKA = {
  topic: 'orders',
  bootstrapServers: ['kafka.example.com:9092'],
  accessConfigurations: {
    saslScram512Auth: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf'],
  },
}
const REQUIRED: Record<EventKind, object> = { msk: MSK, kafka: KAFKA }
const KINDS: EventKind[] = ['msk', 'kafka']
const PROVISIONED = { provisionedPollerConfig: {} }
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead-orders'
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf'

const settingsOf = (kind: EventKind, changes: object = {}, resources?: Resources) =>
  readEvent(kind, { ...REQUIRED[kind], ...changes }, resources).settings

const problemsOf = (kind: EventKind, event: unknown, resources?: Resources): readonly string[] => {
  try {
    readEvent(kind, event, resources)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

it.each(KINDS)('reads numbers and booleans of %s events from text, as variables give them', (kind) => {
  const settings = settingsOf(kind, {
    ...PROVISIONED,
    enabled: 'false',
    batchSize: '50',
    maximumRetryAttempts: '-1',
    maximumRecordAgeInSeconds: '60',
    bisectBatchOnFunctionError: 'true',
  })

  expect(settings).toMatchObject({
    enabled: false,
    batchSize: 50,
    maximumRetries: Infinity,
    maximumRecordAgeMs: 60_000,
    bisects: true,
  })
})

it.each(KINDS)("has AWS's defaults on %s events", (kind) => {
  expect(settingsOf(kind)).toEqual({
    event: kind,
    arn: kind === 'msk' ? MSK.arn : undefined,
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
  })
})

it.each(KINDS)('reads every setting of %s events', (kind) => {
  const settings = settingsOf(kind, {
    batchSize: 10_000,
    maximumBatchingWindow: 0,
    startingPosition: 'AT_TIMESTAMP',
    startingPositionTimestamp: 1_767_225_600.5,
    consumerGroupId: 'payment_service',
    enabled: false,
    maximumRetryAttempts: 3,
    maximumRecordAgeInSeconds: 3_600,
    bisectBatchOnFunctionError: true,
    functionResponseType: 'ReportBatchItemFailures',
    destinations: { onFailure: 'kafka://dead_orders' },
    provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 4, pollerGroupName: 'orders' },
    filterPatterns: [{ value: { status: ['pending'] } }],
    metricsConfig: { metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
    loggingConfig: { systemLogLevel: 'DEBUG' },
  })

  expect(settings).toEqual({
    event: kind,
    arn: kind === 'msk' ? MSK.arn : undefined,
    topic: 'orders',
    batchSize: 10_000,
    batchingWindowMs: 0,
    startingPosition: { at: 'AT_TIMESTAMP', timestampMs: 1_767_225_600_500 },
    consumerGroupId: 'payment_service',
    enabled: false,
    reportsFailures: true,
    pollers: { minimum: 2, maximum: 4 },
    maximumRetries: 3,
    maximumRecordAgeMs: 3_600_000,
    bisects: true,
    destination: { type: 'kafka', topic: 'dead_orders' },
    filterPatterns: [{ value: { status: ['pending'] } }],
  })
})

it('takes a key without a value as left out, as Serverless does', () => {
  expect(settingsOf('msk', { maximumRetryAttempts: null, batchSize: null })).toEqual(settingsOf('msk'))
})

it.each([
  [undefined, undefined, Infinity],
  [-1, undefined, Infinity],
  [0, undefined, 0],
  [undefined, QUEUE, 10],
  [-1, QUEUE, 10],
  [11, QUEUE, 11],
])('of maximumRetryAttempts %s with destination %s makes %s retries', (attempts, onFailure, retries) => {
  const settings = settingsOf('msk', {
    ...(attempts !== undefined && { maximumRetryAttempts: attempts }),
    ...(onFailure !== undefined && { destinations: { onFailure } }),
    ...PROVISIONED,
  })

  expect(settings.maximumRetries).toBe(retries)
})

it('takes a record age of -1 for endless', () => {
  expect(settingsOf('msk', { maximumRecordAgeInSeconds: -1, ...PROVISIONED }).maximumRecordAgeMs).toBe(
    Infinity,
  )
})

it.each([
  [{}, { minimum: 1, maximum: 200 }],
  [{ minimumPollers: 200 }, { minimum: 200, maximum: 200 }],
  [{ maximumPollers: 1 }, { minimum: 1, maximum: 1 }],
  [
    { minimumPollers: 200, maximumPollers: 2_000 },
    { minimum: 200, maximum: 2_000 },
  ],
])('reads provisionedPollerConfig %j', (provisionedPollerConfig, pollers) => {
  expect(settingsOf('kafka', { provisionedPollerConfig }).pollers).toEqual(pollers)
})

const aSecond = 1_000
const now = () => Math.floor(Date.now() / aSecond)
const aPattern = (length: number) => ({ value: { a: ['x'.repeat(length - '{"value":{"a":[""]}}'.length)] } })

/** A setting, what AWS takes at the edge, and what it does not take past it. */
const LIMITS: [field: string, accepted: object[], refused: object[], needs?: object][] = [
  [
    'topic',
    [{ topic: 'ab' }, { topic: `_${'a.-'.repeat(82)}bc` }],
    [
      { topic: 'a' },
      { topic: 'a'.repeat(250) },
      { topic: '.ab' },
      { topic: 'a b' },
      { topic: 7 },
      { topic: undefined },
    ],
  ],
  [
    'batchSize',
    [{ batchSize: 1 }, { batchSize: 10_000 }],
    [{ batchSize: 0 }, { batchSize: 10_001 }, { batchSize: 1.5 }, { batchSize: 'five' }],
  ],
  [
    'maximumBatchingWindow',
    [{ maximumBatchingWindow: 0 }, { maximumBatchingWindow: 300 }],
    [{ maximumBatchingWindow: -1 }, { maximumBatchingWindow: 301 }, { maximumBatchingWindow: 0.5 }],
  ],
  [
    'startingPosition',
    [{ startingPosition: 'LATEST' }, { startingPosition: 'TRIM_HORIZON' }],
    [{ startingPosition: 'EARLIEST' }],
  ],
  [
    'startingPositionTimestamp',
    [
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: 0 },
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: now() },
    ],
    [
      { startingPosition: 'AT_TIMESTAMP' },
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: -1 },
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: now() + 3_600 },
      { startingPosition: 'LATEST', startingPositionTimestamp: 5 },
      { startingPositionTimestamp: 5 },
    ],
  ],
  [
    'consumerGroupId',
    [{ consumerGroupId: 'a' }, { consumerGroupId: `/*:_+=.@-${'a'.repeat(191)}` }],
    [{ consumerGroupId: '' }, { consumerGroupId: 'a'.repeat(201) }, { consumerGroupId: 'a b' }],
  ],
  ['enabled', [{ enabled: false }], [{ enabled: 'no' }]],
  [
    'maximumRetryAttempts',
    [{ maximumRetryAttempts: -1 }, { maximumRetryAttempts: 10_000 }],
    [{ maximumRetryAttempts: -2 }, { maximumRetryAttempts: 10_001 }, { maximumRetryAttempts: 0.5 }],
    PROVISIONED,
  ],
  [
    'maximumRecordAgeInSeconds',
    [
      { maximumRecordAgeInSeconds: -1 },
      { maximumRecordAgeInSeconds: 60 },
      { maximumRecordAgeInSeconds: 604_800 },
    ],
    [
      { maximumRecordAgeInSeconds: -2 },
      { maximumRecordAgeInSeconds: 0 },
      { maximumRecordAgeInSeconds: 59 },
      { maximumRecordAgeInSeconds: 604_801 },
      { maximumRecordAgeInSeconds: 60.5 },
    ],
    PROVISIONED,
  ],
  [
    'bisectBatchOnFunctionError',
    [{ bisectBatchOnFunctionError: false }],
    [{ bisectBatchOnFunctionError: 1 }],
    PROVISIONED,
  ],
  [
    'functionResponseType',
    [{ functionResponseType: 'ReportBatchItemFailures' }],
    [{ functionResponseType: 'Report' }],
    PROVISIONED,
  ],
  [
    'loggingConfig',
    ['DEBUG', 'INFO', 'WARN'].map((systemLogLevel) => ({ loggingConfig: { systemLogLevel } })),
    [
      { loggingConfig: {} },
      { loggingConfig: { systemLogLevel: 'ERROR' } },
      { loggingConfig: { systemLogLevel: 'INFO', level: 1 } },
    ],
    PROVISIONED,
  ],
  [
    'metricsConfig',
    [
      { metricsConfig: { metrics: [] } },
      { metricsConfig: { metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] } },
    ],
    [
      { metricsConfig: {} },
      { metricsConfig: { metrics: ['Lag'] } },
      { metricsConfig: { metrics: ['EventCount', 'EventCount'] } },
    ],
  ],
  [
    'filterPatterns',
    [{ filterPatterns: Array(10).fill({ value: ['a'] }) }, { filterPatterns: [aPattern(4_096)] }],
    [
      { filterPatterns: [] },
      { filterPatterns: Array(11).fill({ value: ['a'] }) },
      { filterPatterns: ['a'] },
      { filterPatterns: [aPattern(4_097)] },
    ],
  ],
  [
    'provisionedPollerConfig',
    [
      { provisionedPollerConfig: {} },
      { provisionedPollerConfig: { minimumPollers: 200, maximumPollers: 200 } },
      { provisionedPollerConfig: { pollerGroupName: 'a'.repeat(128) } },
    ],
    [
      { provisionedPollerConfig: { minimumPollers: 0 } },
      { provisionedPollerConfig: { minimumPollers: 201, maximumPollers: 300 } },
      { provisionedPollerConfig: { maximumPollers: 0 } },
      { provisionedPollerConfig: { maximumPollers: 2_001 } },
      { provisionedPollerConfig: { minimumPollers: 3, maximumPollers: 2 } },
      { provisionedPollerConfig: { pollerGroupName: '' } },
      { provisionedPollerConfig: { pollerGroupName: 'a'.repeat(129) } },
      { provisionedPollerConfig: { pollerGroupName: 'a b' } },
      { provisionedPollerConfig: { pollers: 1 } },
    ],
  ],
  [
    'destinations',
    ['kafka://dead', `kafka://${'d'.repeat(249)}`, QUEUE].map((onFailure) => ({
      destinations: { onFailure },
    })),
    [
      { destinations: {} },
      { destinations: { onFailure: QUEUE, onSuccess: QUEUE } },
      { destinations: { onFailure: 'dead' } },
      { destinations: { onFailure: 'kafka://ded' } },
      { destinations: { onFailure: `kafka://${'d'.repeat(250)}` } },
      { destinations: { onFailure: 'kafka://dead orders' } },
      { destinations: { onFailure: 'kafka://.dead' } },
      { destinations: { onFailure: 'kafka://orders' } },
      { destinations: { onFailure: 'arn:aws:lambda:us-east-1:123456789012:function:f' } },
      { destinations: { onFailure: [QUEUE] } },
    ],
    PROVISIONED,
  ],
]

describe.each(KINDS)('on %s events', (kind) => {
  const accepted = LIMITS.flatMap(([field, events, , needs]) =>
    events.map((event) => [field, { ...needs, ...event }]),
  )
  const refused = LIMITS.flatMap(([field, , events, needs]) =>
    events.map((event) => [field, { ...needs, ...event }]),
  )

  it.each(accepted as [string, object][])('%s may be %j', (_field, changes) => {
    expect(problemsOf(kind, { ...REQUIRED[kind], ...changes })).toEqual([])
  })

  it.each(refused as [string, object][])('refuses a wrong %s: %j', (field, changes) => {
    const problems = problemsOf(kind, { ...REQUIRED[kind], ...changes })

    expect(problems).not.toEqual([])
    expect(problems.filter((problem) => !/^[\w]+[.:]/.exec(problem)?.[0].startsWith(field))).toEqual([])
  })

  it.each([
    ['maximumRetryAttempts', { maximumRetryAttempts: -1 }],
    ['maximumRecordAgeInSeconds', { maximumRecordAgeInSeconds: 60 }],
    ['bisectBatchOnFunctionError', { bisectBatchOnFunctionError: true }],
    ['functionResponseType', { functionResponseType: 'ReportBatchItemFailures' }],
    ['loggingConfig', { loggingConfig: { systemLogLevel: 'INFO' } }],
    ['destinations.onFailure', { destinations: { onFailure: 'kafka://dead' } }],
  ])('refuses %s in on-demand mode', (field, changes) => {
    expect(problemsOf(kind, { ...REQUIRED[kind], ...changes })).toEqual([
      `${field}: AWS has it in provisioned mode only: set provisionedPollerConfig too`,
    ])
  })

  it('takes a queue as a destination in on-demand mode too', () => {
    expect(settingsOf(kind, { destinations: { onFailure: QUEUE } }).destination).toEqual({
      type: 'sqs',
      arn: QUEUE,
    })
  })
})

/** A value for each setting that is not its default, with what it needs. */
const ANOTHER: Readonly<Record<string, object>> = {
  arn: { arn: { Ref: 'Cluster' } },
  topic: { topic: 'refunds' },
  batchSize: { batchSize: 7 },
  maximumBatchingWindow: { maximumBatchingWindow: 7 },
  startingPosition: { startingPosition: 'LATEST' },
  startingPositionTimestamp: { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: 7 },
  consumerGroupId: { consumerGroupId: 'payment' },
  enabled: { enabled: false },
  filterPatterns: { filterPatterns: [{ value: ['a'] }] },
  provisionedPollerConfig: { provisionedPollerConfig: { maximumPollers: 7 } },
  maximumRetryAttempts: { maximumRetryAttempts: 7 },
  maximumRecordAgeInSeconds: { maximumRecordAgeInSeconds: 77 },
  bisectBatchOnFunctionError: { bisectBatchOnFunctionError: true },
  functionResponseType: { functionResponseType: 'ReportBatchItemFailures' },
  destinations: { destinations: { onFailure: QUEUE } },
  onFailureDestination: { onFailureDestination: QUEUE },
  bootstrapServers: { bootstrapServers: ['kafka.example.org:9092'] },
  accessConfigurations: { accessConfigurations: { saslPlainAuth: [SECRET] } },
  saslScram512: { saslScram512: SECRET },
  clientCertificateTlsAuth: { clientCertificateTlsAuth: SECRET },
  metricsConfig: { metricsConfig: { metrics: ['EventCount'] } },
  loggingConfig: { loggingConfig: { systemLogLevel: 'INFO' } },
  'provisionedPollerConfig.pollerGroupName': { provisionedPollerConfig: { pollerGroupName: 'orders' } },
}

describe('what reaches AWS', () => {
  const nested = 'provisionedPollerConfig.pollerGroupName'
  const cases = KINDS.flatMap((kind) =>
    [...SETTINGS[kind], nested].map((setting) => [kind, setting] as const),
  )

  it.each(cases)('%s %s is obeyed by the local mapping, or named as for AWS only', (kind, setting) => {
    const changes = ANOTHER[setting]
    const obeyed = JSON.stringify(settingsOf(kind, { ...PROVISIONED, ...changes }))

    expect(changes).toBeDefined()
    expect(obeyed !== JSON.stringify(settingsOf(kind, PROVISIONED))).toBe(!FOR_AWS_ONLY.includes(setting))
  })

  it('comes from settings that there are', () => {
    const named = new Set(Object.values(SETTING_OF).filter((setting) => setting !== undefined))

    expect(
      [...named].filter((name) => !SETTINGS.msk.includes(name) && !SETTINGS.kafka.includes(name)),
    ).toEqual([])
  })

  it('only, is named by the README', () => {
    const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const [, row = ''] = /^\| (.*) \| \| for AWS only/m.exec(page) ?? []

    expect([...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name).toSorted()).toEqual(
      FOR_AWS_ONLY.toSorted(),
    )
  })
})

describe('says what may be', () => {
  it.each<[EventKind, object, string]>([
    ['msk', { batchSize: 'many' }, 'batchSize: must be a whole number from 1 to 10000'],
    ['msk', { batchSize: 0 }, 'batchSize: must be a whole number from 1 to 10000'],
    ['msk', { batchSize: 1.5 }, 'batchSize: must be a whole number from 1 to 10000'],
    [
      'msk',
      { maximumRecordAgeInSeconds: 59, ...PROVISIONED },
      'maximumRecordAgeInSeconds: must be -1 or a whole number from 60 to 604800',
    ],
    ['msk', { topic: undefined }, 'topic: is missing'],
    ['msk', { topic: 5 }, 'topic: must be text'],
    ['msk', { enabled: 'yes' }, 'enabled: must be true or false'],
    ['msk', { startingPosition: 'NOW' }, 'startingPosition: must be LATEST or TRIM_HORIZON or AT_TIMESTAMP'],
    ['msk', { filterPatterns: 'a' }, 'filterPatterns: must be a list of 1 to 10 patterns'],
    ['msk', { metricsConfig: { metrics: 'EventCount' } }, 'metricsConfig.metrics: must be a list'],
    ['msk', { provisionedPollerConfig: true }, 'provisionedPollerConfig: must be a map of keys'],
    ['msk', { retries: 1 }, 'retries: is not a setting'],
    ['msk', { provisionedPollerConfig: { pollers: 1 } }, 'provisionedPollerConfig.pollers: is not a setting'],
    ['msk', { arn: 'cluster' }, 'arn: must be the ARN of an MSK cluster, a Ref or an Fn::ImportValue'],
    ['msk', { arn: 5 }, 'arn: must be the ARN of an MSK cluster, a Ref or an Fn::ImportValue'],
    [
      'msk',
      { destinations: { onFailure: { arn: QUEUE, typ: 'sqs' } } },
      'destinations.onFailure.typ: is not a setting',
    ],
    [
      'msk',
      { destinations: { onFailure: { arn: QUEUE, type: 'sns' } } },
      'destinations.onFailure.type: is sqs by its ARN',
    ],
    ['kafka', { bootstrapServers: undefined }, 'bootstrapServers: is missing'],
  ])('%s %j', (kind, changes, problem) => {
    expect(problemsOf(kind, { ...REQUIRED[kind], ...changes })).toEqual([problem])
  })

  it.each(['orders', null, 5, []])('when the event is no map: %j', (event) => {
    expect(problemsOf('msk', event)).toEqual(['must be a map of keys'])
  })

  it('of all that is wrong at once', () => {
    expect(problemsOf('msk', { topic: 'orders', batchSize: 0, retries: 1, maximumRetryAttempts: 5 })).toEqual(
      [
        'batchSize: must be a whole number from 1 to 10000',
        'arn: must be the ARN of an MSK cluster, a Ref or an Fn::ImportValue',
        'retries: is not a setting',
        'maximumRetryAttempts: AWS has it in provisioned mode only: set provisionedPollerConfig too',
      ],
    )
  })
})

describe('what only one kind of event has', () => {
  const account = 'arn:aws:kafka:us-east-1:123456789012'

  it.each([
    ['msk', { arn: `${account}:cluster/demo/0123-4` }],
    ['msk', { arn: `${account}:vpc-connection/210987654321/demo/0123-4` }],
    ['msk', { arn: { Ref: 'Cluster' } }],
    ['msk', { arn: { 'Fn::ImportValue': 'cluster' } }],
    ['msk', { saslScram512: SECRET }],
    ['msk', { saslScram512: { Ref: 'Secret' } }],
    ['msk', { clientCertificateTlsAuth: SECRET }],
    ['msk', { clientCertificateTlsAuth: { 'Fn::ImportValue': 'secret' }, saslScram512: '' }],
    ['kafka', { bootstrapServers: Array.from({ length: 10 }, (_, index) => `b-${index}.example:65535`) }],
    ['kafka', { accessConfigurations: { vpcSubnet: ['subnet-0a'], vpcSecurityGroup: ['sg-0a'] } }],
    ...[
      'saslPlainAuth',
      'saslScram256Auth',
      'saslScram512Auth',
      'clientCertificateTlsAuth',
      'serverRootCaCertificate',
    ].map((key) => ['kafka', { accessConfigurations: { [key]: [SECRET] } }]),
  ] as [EventKind, object][])('%s may have %j', (kind, changes) => {
    expect(problemsOf(kind, { ...REQUIRED[kind], ...changes })).toEqual([])
  })

  it.each<[EventKind, string, object]>([
    ['msk', 'arn', { arn: `${account}:topic/demo/0123-4/orders` }],
    ['msk', 'arn', { arn: 'arn:aws:kafka:us-east-1:12345:cluster/demo/0123-4' }],
    ['msk', 'arn', { arn: { 'Fn::GetAtt': ['Cluster', 'Arn'] } }],
    ['msk', 'saslScram512', { saslScram512: 'secret' }],
    ['msk', 'clientCertificateTlsAuth', { clientCertificateTlsAuth: 'secret' }],
    ['msk', 'clientCertificateTlsAuth', { clientCertificateTlsAuth: SECRET, saslScram512: SECRET }],
    ['msk', 'bootstrapServers', { bootstrapServers: ['a:1'] }],
    ['msk', 'onFailureDestination', { onFailureDestination: QUEUE }],
    ['kafka', 'arn', { arn: MSK.arn }],
    ['kafka', 'saslScram512', { saslScram512: SECRET }],
    ['kafka', 'clientCertificateTlsAuth', { clientCertificateTlsAuth: SECRET }],
    ['kafka', 'bootstrapServers', { bootstrapServers: [] }],
    ['kafka', 'bootstrapServers.0', { bootstrapServers: ['kafka.example.com'] }],
    ['kafka', 'bootstrapServers', { bootstrapServers: ['a:1', 'a:1'] }],
    ['kafka', 'bootstrapServers', { bootstrapServers: Array.from({ length: 11 }, (_, port) => `a:${port}`) }],
    ['kafka', 'accessConfigurations', { accessConfigurations: undefined }],
    ['kafka', 'accessConfigurations', { accessConfigurations: {} }],
    [
      'kafka',
      'accessConfigurations.oauth',
      { accessConfigurations: { saslPlainAuth: [SECRET], oauth: [SECRET] } },
    ],
    ['kafka', 'accessConfigurations.vpcSubnet', { accessConfigurations: { vpcSubnet: ['subnet-0a'] } }],
    ['kafka', 'accessConfigurations.vpcSubnet', { accessConfigurations: { vpcSecurityGroup: ['sg-0a'] } }],
    [
      'kafka',
      'accessConfigurations.vpcSubnet.0',
      { accessConfigurations: { vpcSubnet: ['0a'], vpcSecurityGroup: ['sg-0a'] } },
    ],
    [
      'kafka',
      'accessConfigurations.saslPlainAuth.0',
      { accessConfigurations: { saslPlainAuth: ['secret'] } },
    ],
    ['kafka', 'accessConfigurations.saslPlainAuth', { accessConfigurations: { saslPlainAuth: [] } }],
    ['kafka', 'onFailureDestination', { onFailureDestination: 'kafka://dead' }],
    ['kafka', 'onFailureDestination', { onFailureDestination: 'kafka://orders', ...PROVISIONED }],
    ['kafka', 'onFailureDestination', { onFailureDestination: QUEUE, destinations: { onFailure: QUEUE } }],
  ])('%s refuses a wrong %s: %j', (kind, field, changes) => {
    expect(problemsOf(kind, { ...REQUIRED[kind], ...changes })).toEqual([
      expect.stringMatching(`^${field}: `),
    ])
  })

  it('has the destination of onFailureDestination', () => {
    expect(settingsOf('kafka', { onFailureDestination: QUEUE })).toMatchObject({
      destination: { type: 'sqs', arn: QUEUE },
      maximumRetries: 10,
    })
  })
})

describe('the destination', () => {
  const resources = {
    Queue: { Type: 'AWS::SQS::Queue' },
    Topic: { Type: 'AWS::SNS::Topic' },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Table: { Type: 'AWS::DynamoDB::Table' },
  }
  const getAtt = (...path: string[]) => ({ 'Fn::GetAtt': path })
  const known = [
    ['sqs', QUEUE],
    ['sqs', `${QUEUE}.fifo`],
    ['sns', 'arn:aws-cn:sns:cn-north-1:123456789012:dead_orders'],
    ['s3', 'arn:aws:s3:::dead.orders-1'],
    ['sqs', getAtt('Queue', 'Arn')],
    ['sqs', { 'Fn::GetAtt': 'Queue.Arn' }],
    ['sqs', { 'Fn::Sub': '${Queue.Arn}' }],
    ['sns', { Ref: 'Topic' }],
    ['sns', getAtt('Topic', 'TopicArn')],
    ['s3', getAtt('Bucket', 'Arn')],
    ['sqs', { 'Fn::Sub': 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:dead' }],
    [
      'sns',
      { 'Fn::Sub': ['arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${name}', { name: 'dead' }] },
    ],
  ] as const

  it.each(known)('is %s by %j', (type, onFailure) => {
    expect(settingsOf('msk', { destinations: { onFailure } }, resources).destination).toEqual({
      type,
      arn: onFailure,
    })
  })

  it.each([
    ['sqs', QUEUE],
    ['sqs', getAtt('Queue', 'Arn')],
    ['s3', { 'Fn::ImportValue': 'bucket' }],
    ['sns', { 'Fn::Join': [':', ['arn', 'aws']] }],
    ['sqs', { Ref: 'AParameter' }],
  ])('may have its type named: %s of %j', (type, arn) => {
    expect(settingsOf('msk', { destinations: { onFailure: { arn, type } } }, resources).destination).toEqual({
      type,
      arn,
    })
  })

  it('needs no type when the ARN is text', () => {
    expect(settingsOf('msk', { destinations: { onFailure: { arn: QUEUE } } }).destination).toEqual({
      type: 'sqs',
      arn: QUEUE,
    })
  })

  it.each([
    [{ 'Fn::ImportValue': 'bucket' }, 'name its type'],
    [{ Ref: 'AParameter' }, 'name its type'],
    [{ 'Fn::Sub': '${AQueue}' }, 'name its type'],
    [getAtt('Elsewhere', 'Arn'), 'name its type'],
    [{ Ref: 'Queue' }, 'is no ARN: take Fn::GetAtt: [Queue, Arn]'],
    [{ arn: { Ref: 'Queue' }, type: 'sqs' }, 'is no ARN: take Fn::GetAtt: [Queue, Arn]'],
    [getAtt('Topic', 'TopicName'), 'is no ARN: take Fn::GetAtt: [Topic, TopicArn]'],
    [getAtt('Table', 'Arn'), 'Table is AWS::DynamoDB::Table, and must be'],
    [{ arn: getAtt('Queue', 'Arn'), type: 'sns' }, 'Queue is AWS::SQS::Queue, not sns'],
    [{ arn: 'arn:aws:s3:::dead/orders' }, 'must be the ARN of'],
    [`arn:aws:sqs:us-east-1:123456789012:${'q'.repeat(350)}`, 'must be the ARN of'],
  ])('%j is refused', (onFailure, problem) => {
    expect(problemsOf('msk', { ...MSK, destinations: { onFailure } }, resources)).toEqual([
      expect.stringContaining(problem),
    ])
  })
})
