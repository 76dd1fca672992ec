import { describe, expect, it } from '@jest/globals'
import { completeTemplate } from '../../src/serverless/packaging.ts'
import type { ServerlessLike, TemplateResource } from '../../src/serverless/serverless.ts'

const ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/0-0'
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead-orders'
const KAFKA = {
  bootstrapServers: ['kafka.example.com:9092'],
  accessConfigurations: { vpcSubnet: ['subnet-0a'], vpcSecurityGroup: ['sg-0a'] },
}
const MSK = { arn: ARN }
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_orders-AbCdEf'

type Packaged = { readonly properties: object; readonly statements: unknown[] }

/** A function with one event, as Serverless leaves its mapping and its role in the template. */
const packaged = (
  event: 'msk' | 'kafka',
  settings: object,
  options: { custom?: object; role?: boolean; properties?: object } = {},
): Packaged => {
  const mapping: TemplateResource = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { BatchSize: 5, ...options.properties },
  }
  const statements: unknown[] = []
  const role = {
    Type: 'AWS::IAM::Role',
    Properties: { Policies: [{ PolicyDocument: { Statement: statements } }] },
  }
  const required = event === 'msk' ? MSK : KAFKA
  const serverless = {
    service: {
      custom: options.custom,
      provider: {
        compiledCloudFormationTemplate: {
          Resources: { 'f/orders': mapping, ...(options.role !== false && { IamRoleLambdaExecution: role }) },
        },
      },
      getAllFunctions: () => ['f'],
      getFunction: () => ({
        name: 'shop-dev-f',
        events: [{ [event]: { ...required, topic: 'orders', ...settings } }],
      }),
    },
    getProvider: () => ({
      naming: {
        getMSKEventLogicalId: (key: string, _cluster: string, topic: string) => `${key}/${topic}`,
        getKafkaEventLogicalId: (key: string, topic: string) => `${key}/${topic}`,
      },
    }),
  } as unknown as ServerlessLike
  completeTemplate(serverless)
  return { properties: mapping.Properties, statements }
}

describe.each(['msk', 'kafka'] as const)('on %s events', (event) => {
  it('writes what Serverless leaves out', () => {
    const settings = {
      maximumBatchingWindow: 0,
      maximumRetryAttempts: 0,
      maximumRecordAgeInSeconds: -1,
      bisectBatchOnFunctionError: false,
      functionResponseType: 'ReportBatchItemFailures',
      destinations: { onFailure: 'kafka://dead_orders' },
      provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 3, pollerGroupName: 'shared' },
      metricsConfig: { metrics: ['EventCount'] },
      loggingConfig: { systemLogLevel: 'WARN' },
    }

    expect(packaged(event, settings).properties).toEqual({
      BatchSize: 5,
      MaximumBatchingWindowInSeconds: 0,
      MaximumRetryAttempts: 0,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: 'kafka://dead_orders' } },
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 3, PollerGroupName: 'shared' },
      MetricsConfig: { Metrics: ['EventCount'] },
      LoggingConfig: { SystemLogLevel: 'WARN' },
    })
  })

  it('leaves a mapping alone that has none of it', () => {
    expect(packaged(event, {}).properties).toEqual({ BatchSize: 5 })
  })

  it('writes an empty provisionedPollerConfig in full, so that it is provisioned mode in any reading', () => {
    expect(packaged(event, { provisionedPollerConfig: {} }).properties).toEqual({
      BatchSize: 5,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 200 },
    })
  })

  it('writes the ARN or the reference of a destination', () => {
    const arn = { 'Fn::ImportValue': 'dead-orders' }

    expect(packaged(event, { destinations: { onFailure: { arn, type: 'sqs' } } }).properties).toMatchObject({
      DestinationConfig: { OnFailure: { Destination: arn } },
    })
  })
})

describe('the authentication of an MSK mapping', () => {
  it.each([
    ['saslScram512', 'SASL_SCRAM_512_AUTH', SECRET],
    ['saslScram512', 'SASL_SCRAM_512_AUTH', { Ref: 'Secret' }],
    ['clientCertificateTlsAuth', 'CLIENT_CERTIFICATE_TLS_AUTH', SECRET],
    ['clientCertificateTlsAuth', 'CLIENT_CERTIFICATE_TLS_AUTH', { Ref: 'Secret' }],
  ])('of %s is %s with the secret %j', (setting, Type, URI) => {
    expect(packaged('msk', { [setting]: URI }).properties).toMatchObject({
      SourceAccessConfigurations: [{ Type, URI }],
    })
  })

  it('is left out when its setting is empty, also where Serverless wrote one', () => {
    const left = { properties: { SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: '' }] } }

    expect(packaged('msk', { saslScram512: '', clientCertificateTlsAuth: null }, left).properties).toEqual({
      BatchSize: 5,
    })
  })
})

describe('gives the role of Serverless', () => {
  const describing = (arn: unknown) => ({
    Effect: 'Allow',
    Action: ['kafka:DescribeClusterV2'],
    Resource: arn,
  })
  const allowing = (action: string, resource: unknown) => ({
    Effect: 'Allow',
    Action: [action],
    Resource: resource,
  })
  const reference = { 'Fn::ImportValue': 'dead-orders' }

  it.each([
    [QUEUE, [allowing('sqs:SendMessage', QUEUE)]],
    [{ arn: reference, type: 'sqs' }, [allowing('sqs:SendMessage', reference)]],
    [{ arn: reference, type: 'sns' }, [allowing('sns:Publish', reference)]],
    [
      'arn:aws:s3:::dead-orders',
      [
        allowing('s3:ListBucket', 'arn:aws:s3:::dead-orders'),
        allowing('s3:PutObject', 'arn:aws:s3:::dead-orders/*'),
      ],
    ],
    [
      { arn: reference, type: 's3' },
      [
        allowing('s3:ListBucket', reference),
        allowing('s3:PutObject', { 'Fn::Join': ['/', [reference, '*']] }),
      ],
    ],
  ])('what the destination %j needs', (onFailure, statements) => {
    expect(packaged('msk', { destinations: { onFailure } }).statements).toEqual([
      describing(ARN),
      ...statements,
    ])
    expect(packaged('kafka', { destinations: { onFailure } }).statements).toEqual(statements)
  })

  const connection = 'arn:aws:kafka:us-east-1:123456789012:vpc-connection/210987654321/demo/0-0'
  it.each([
    [
      ARN,
      [
        describing(ARN),
        allowing('kafka-cluster:WriteData', ARN.replace('cluster/', 'topic/').concat('/dead_orders')),
      ],
    ],
    [
      { Ref: 'Cluster' },
      [
        describing({ Ref: 'Cluster' }),
        allowing('kafka-cluster:WriteData', {
          'Fn::Join': [
            '/',
            [{ 'Fn::Join': [':topic/', { 'Fn::Split': [':cluster/', { Ref: 'Cluster' }] }] }, 'dead_orders'],
          ],
        }),
      ],
    ],
    [
      connection,
      [
        {
          Effect: 'Allow',
          Action: ['kafka:DescribeClusterV2', 'kafka:DescribeVpcConnection'],
          Resource: connection,
        },
      ],
    ],
  ])('what a dead letter topic on the cluster %j needs', (arn, statements) => {
    const settings = { destinations: { onFailure: 'kafka://dead_orders' }, provisionedPollerConfig: {} }

    expect(packaged('msk', { arn, ...settings }).statements).toEqual(statements)
  })

  it.each(['saslScram512', 'clientCertificateTlsAuth'])('the secret of %s', (setting) => {
    expect(packaged('msk', { [setting]: SECRET }).statements).toEqual([
      describing(ARN),
      allowing('secretsmanager:GetSecretValue', SECRET),
    ])
  })

  it('nothing for a self-managed cluster, which knows no IAM', () => {
    const settings = { destinations: { onFailure: 'kafka://dead_orders' }, provisionedPollerConfig: {} }

    expect(packaged('kafka', settings).statements).toEqual([])
  })
})

it('needs no role of Serverless', () => {
  expect(packaged('msk', { destinations: { onFailure: QUEUE } }, { role: false }).statements).toEqual([])
})

it('stops at what AWS would refuse', () => {
  expect(() => packaged('msk', { batchSize: 0 })).toThrow('Function f, event 0 (msk), batchSize: ')
})

it('stops at an unknown key of the plugin', () => {
  expect(() => packaged('msk', {}, { custom: { kafkaEventSource: { broker: 'a:1' } } })).toThrow(
    'custom.kafkaEventSource.broker: is not a setting',
  )
})
