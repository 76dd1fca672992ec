import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import type { TemplateResource } from '../../src/serverless/serverless.ts'
import { SETTING_OF } from '../helpers/mappingProperties.ts'
import { TestCluster } from '../helpers/topics.ts'

const PLUGIN = fileURLToPath(new URL('../../index.ts', import.meta.url))
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const NODE_MODULES = `${SERVERLESS.split(`${sep}node_modules${sep}`)[0]}${sep}node_modules`

/** Prints what kind of event it got. */
const HANDLER = `export const handler = async ({ eventSource, eventSourceArn, bootstrapServers }) => {
  console.log('got', eventSource, eventSourceArn, bootstrapServers)
}
`

const folders: string[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

type Service = {
  readonly events: readonly object[]
  readonly mode?: 'error' | 'warn' | 'off'
  readonly [topLevel: string]: unknown
}

/** A folder with one function, `payment`. */
async function aService({ events, mode = 'error', ...rest }: Service): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'packaging-'))
  folders.push(folder)
  const configuration = {
    service: 'shop',
    configValidationMode: mode,
    plugins: ['./plugin.ts', 'serverless-offline'],
    provider: { name: 'aws', runtime: 'nodejs24.x' },
    package: { excludeDevDependencies: false, patterns: ['!**', 'handler.mjs'] },
    functions: { payment: { handler: 'handler.handler', events } },
    ...rest,
  }
  await Promise.all([
    // JSON is YAML.
    writeFile(join(folder, 'serverless.yml'), JSON.stringify(configuration)),
    writeFile(join(folder, 'plugin.ts'), `export { default } from ${JSON.stringify(PLUGIN)}\n`),
    writeFile(join(folder, 'handler.mjs'), HANDLER),
    symlink(NODE_MODULES, join(folder, 'node_modules')),
  ])
  return folder
}

type Run = { readonly exit: Promise<number | null>; ended: boolean; output: string }

function serverless(folder: string, command: readonly string[]): Run {
  const child = spawn(process.execPath, [SERVERLESS, ...command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const run: Run = { exit: new Promise((resolve) => child.once('close', resolve)), ended: false, output: '' }
  void run.exit.then(() => {
    run.ended = true
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      run.output += text
    })
  }
  return run
}

const packageService = (folder: string) => serverless(folder, ['package'])

const startOffline = async (folder: string) =>
  serverless(folder, ['offline', '--httpPort', `${await freePort()}`, '--lambdaPort', `${await freePort()}`])

const CLUSTER = 'cluster/demo/01234567-89ab-cdef-0123-456789abcdef-1'
const ARN = `arn:aws:kafka:us-east-1:123456789012:${CLUSTER}`
const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`

const MSK = { arn: ARN, topic: 'orders' }
const SELF_MANAGED = {
  topic: 'orders',
  bootstrapServers: ['b-1.example.com:9096', 'b-2.example.com:9096'],
  accessConfigurations: {
    vpcSubnet: ['subnet-0a'],
    vpcSecurityGroup: ['sg-0a'],
    saslScram512Auth: [secret('orders')],
  },
}

describe('serverless package', () => {
  it('writes every setting into the mappings, and what they need into the role', async () => {
    const folder = await aService({
      events: [
        {
          msk: {
            ...MSK,
            saslScram512: secret('AmazonMSK_orders'),
            consumerGroupId: 'payment',
            batchSize: 500,
            maximumBatchingWindow: 0,
            startingPosition: 'AT_TIMESTAMP',
            startingPositionTimestamp: 1_767_225_600,
            enabled: false,
            filterPatterns: [{ value: { status: ['pending'] } }],
            maximumRetryAttempts: 3,
            maximumRecordAgeInSeconds: 3_600,
            bisectBatchOnFunctionError: true,
            functionResponseType: 'ReportBatchItemFailures',
            destinations: { onFailure: 'kafka://dead_orders' },
            provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 2_000, pollerGroupName: 'shop' },
            metricsConfig: { metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
            loggingConfig: { systemLogLevel: 'INFO' },
          },
        },
        {
          kafka: {
            ...SELF_MANAGED,
            consumerGroupId: 'payment_of_partners',
            batchSize: 1,
            maximumBatchingWindow: 0,
            startingPosition: 'LATEST',
            enabled: true,
            filterPatterns: [{ value: { status: ['pending'] } }],
            maximumRetryAttempts: -1,
            maximumRecordAgeInSeconds: -1,
            bisectBatchOnFunctionError: false,
            functionResponseType: 'ReportBatchItemFailures',
            destinations: { onFailure: { 'Fn::GetAtt': ['DeadOrders', 'Arn'] } },
            provisionedPollerConfig: { pollerGroupName: 'shop' },
            metricsConfig: { metrics: ['EventCount'] },
            loggingConfig: { systemLogLevel: 'DEBUG' },
          },
        },
        {
          kafka: {
            ...SELF_MANAGED,
            topic: 'refunds',
            onFailureDestination: 'arn:aws:sns:us-east-1:123456789012:dead-refunds',
          },
        },
      ],
      resources: { Resources: { DeadOrders: { Type: 'AWS::SQS::Queue' } } },
    })

    const run = packageService(folder)
    const exit = await run.exit

    expect({ exit, output: run.output }).toMatchObject({ exit: 0 })
    const template = join(folder, '.serverless', 'cloudformation-template-update-stack.json')
    const { Resources } = JSON.parse(await readFile(template, 'utf8'))
    const FunctionName = { 'Fn::GetAtt': ['PaymentLambdaFunction', 'Arn'] }
    const FilterCriteria = { Filters: [{ Pattern: '{"value":{"status":["pending"]}}' }] }
    expect(Resources.PaymentEventSourceMappingMSKDemoOrders.Properties).toEqual({
      FunctionName,
      EventSourceArn: ARN,
      Topics: ['orders'],
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secret('AmazonMSK_orders') }],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'payment' },
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 0,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: 1_767_225_600,
      Enabled: false,
      FilterCriteria,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 3_600,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: 'kafka://dead_orders' } },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2_000, PollerGroupName: 'shop' },
      MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
      LoggingConfig: { SystemLogLevel: 'INFO' },
    })
    const selfManaged = {
      FunctionName,
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: SELF_MANAGED.bootstrapServers } },
      SourceAccessConfigurations: [
        { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0a' },
        { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-0a' },
        { Type: 'SASL_SCRAM_512_AUTH', URI: secret('orders') },
      ],
    }
    expect(Resources.PaymentEventSourceMappingKafkaOrders.Properties).toEqual({
      ...selfManaged,
      Topics: ['orders'],
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'payment_of_partners' },
      BatchSize: 1,
      MaximumBatchingWindowInSeconds: 0,
      StartingPosition: 'LATEST',
      Enabled: true,
      FilterCriteria,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadOrders', 'Arn'] } } },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 200, PollerGroupName: 'shop' },
      MetricsConfig: { Metrics: ['EventCount'] },
      LoggingConfig: { SystemLogLevel: 'DEBUG' },
    })
    expect(Resources.PaymentEventSourceMappingKafkaRefunds.Properties).toEqual({
      ...selfManaged,
      Topics: ['refunds'],
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:123456789012:dead-refunds' } },
    })

    const mappings = Object.values<TemplateResource>(Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::EventSourceMapping',
    )
    expect(
      mappings.flatMap(({ Properties }) => Object.keys(Properties)).filter((name) => !(name in SETTING_OF)),
    ).toEqual([])

    const [policy] = Resources.IamRoleLambdaExecution.Properties.Policies
    const allowed = (Action: string, Resource: unknown) => ({ Effect: 'Allow', Action: [Action], Resource })
    expect(policy.PolicyDocument.Statement).toEqual(
      expect.arrayContaining([
        allowed('kafka:DescribeClusterV2', ARN),
        allowed('secretsmanager:GetSecretValue', secret('AmazonMSK_orders')),
        allowed('kafka-cluster:WriteData', `${ARN.replace('cluster/', 'topic/')}/dead_orders`),
        allowed('sqs:SendMessage', { 'Fn::GetAtt': ['DeadOrders', 'Arn'] }),
        allowed('sns:Publish', 'arn:aws:sns:us-east-1:123456789012:dead-refunds'),
      ]),
    )
  })

  it('writes the secret of mutual TLS, and references, into mappings and role', async () => {
    const reference = { Ref: 'Secret' }
    const folder = await aService({
      events: [
        { msk: { ...MSK, clientCertificateTlsAuth: secret('client'), saslScram512: null } },
        { msk: { ...MSK, topic: 'refunds', saslScram512: reference } },
        { msk: { ...MSK, topic: 'returns', saslScram512: '', clientCertificateTlsAuth: '' } },
      ],
      resources: { Resources: { Secret: { Type: 'AWS::SecretsManager::Secret' } } },
    })

    const run = packageService(folder)
    const exit = await run.exit

    expect({ exit, output: run.output }).toMatchObject({ exit: 0 })
    const template = join(folder, '.serverless', 'cloudformation-template-update-stack.json')
    const { Resources } = JSON.parse(await readFile(template, 'utf8'))
    const access = (topic: string) =>
      Resources[`PaymentEventSourceMappingMSKDemo${topic}`].Properties.SourceAccessConfigurations
    expect(access('Orders')).toEqual([{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: secret('client') }])
    expect(access('Refunds')).toEqual([{ Type: 'SASL_SCRAM_512_AUTH', URI: reference }])
    expect(access('Returns')).toBeUndefined()
    const [policy] = Resources.IamRoleLambdaExecution.Properties.Policies
    const allowed = (Resource: unknown) => ({
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource,
    })
    expect(policy.PolicyDocument.Statement).toEqual(
      expect.arrayContaining([allowed(secret('client')), allowed(reference)]),
    )
  })

  const wrong = [
    { schedule: 'rate(1 day)' },
    { msk: { ...MSK, maximumRetryAttempts: 10_001, provisionedPollerConfig: { pollers: 1 } } },
    { kafka: { ...SELF_MANAGED, provisionedPollerConfig: { pollers: 1 }, loggingConfig: { level: 'INFO' } } },
    { kafka: { ...SELF_MANAGED, topic: 'refunds', destinations: { onFailure: 'kafka://dead_refunds' } } },
  ]
  const problems = [
    'Function payment, event 1 (msk), maximumRetryAttempts: must be a whole number from -1 to 10000',
    'Function payment, event 1 (msk), provisionedPollerConfig.pollers: is not a setting',
    'Function payment, event 2 (kafka), provisionedPollerConfig.pollers: is not a setting',
    'Function payment, event 2 (kafka), loggingConfig.level: is not a setting',
    'Function payment, event 3 (kafka), destinations.onFailure: AWS has it in provisioned mode only: set provisionedPollerConfig too',
  ]
  const unknown = { msk: { ...MSK, topic: 'returns', retries: 1 } }

  it.each([
    ['error', wrong, problems],
    [
      'warn',
      [...wrong, unknown],
      [...problems, 'Function payment, event 4 (msk), retries: is not a setting'],
    ],
  ] as const)('stops at what is wrong, with configValidationMode %s', async (mode, events, lines) => {
    const run = packageService(await aService({ mode, events }))

    expect(await run.exit).toBe(1)
    for (const line of lines) expect(run.output).toContain(line)
    expect(run.output).not.toContain('Service packaged')
  })

  it('stops at unknown keys that Serverless itself finds', async () => {
    const custom = { kafkaEventSource: { broker: 'localhost:9092' } }
    const run = packageService(await aService({ events: [unknown], custom }))

    expect(await run.exit).toBe(1)
    expect(run.output).toContain("at 'functions.payment.events.0.msk': unrecognized property 'retries'")
    expect(run.output).toContain("at 'custom.kafkaEventSource': unrecognized property 'broker'")
  })
})

describe('serverless offline', () => {
  it('stops at the same settings', async () => {
    const events = [
      { msk: { ...MSK, maximumRetryAttempts: 3 } },
      { kafka: { ...SELF_MANAGED, batchsize: 1 } },
    ]
    const run = await startOffline(await aService({ mode: 'warn', events }))

    expect(await run.exit).toBe(1)
    expect(run.output).toContain(
      'Function payment, event 0 (msk), maximumRetryAttempts: AWS has it in provisioned mode only: set provisionedPollerConfig too',
    )
    expect(run.output).toContain('Function payment, event 1 (kafka), batchsize: is not a setting')
  })

  it('runs kafka events on the local cluster, and never connects to the servers that they name', async () => {
    let connections = 0
    const named = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => named.listen(0, '127.0.0.1', resolve))
    const cluster = await TestCluster.connect()
    try {
      const topic = await cluster.topic()
      await cluster.produce(topic, ['a'])
      const { port } = named.address() as AddressInfo
      const bootstrapServers = [`127.0.0.1:${port}`]
      const reading = { ...SELF_MANAGED, topic, bootstrapServers, consumerGroupId: `${topic}-group` }
      const run = await startOffline(
        await aService({
          events: [
            { kafka: reading },
            { kafka: { ...reading, topic: 'refunds', consumerGroupId: 'unused', enabled: false } },
          ],
        }),
      )

      await waitFor(() => run.ended || run.output.includes('got '), {
        timeoutMs: 30_000,
        what: 'the event',
      }).catch((error) => {
        throw new Error(`${error.message} in:\n${run.output}`)
      })

      expect(run.output).toContain(`got SelfManagedKafka undefined ${process.env.KAFKA_BROKERS}`)
      expect(run.output).toContain('payment: its mapping of topic refunds is not enabled')
      await cluster.waitForCommitted(`${topic}-group`, topic, { 0: 1 })
      expect(connections).toBe(0)
    } finally {
      await cluster.close()
      named.close()
    }
  })
})
