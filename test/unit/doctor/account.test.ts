import type { Cluster } from '@aws-sdk/client-kafka'
import type { EventSourceMappingConfiguration, FunctionConfiguration } from '@aws-sdk/client-lambda'
import { describe, expect, it } from '@jest/globals'
import { authenticationFinding, authenticationsOf, clusterFinding } from '../../../doctor/account/cluster.ts'
import { functionFinding, nameInArn } from '../../../doctor/account/functions.ts'
import { mappingFindings } from '../../../doctor/account/mappings.ts'
import { tableFinding } from '../../../doctor/account/outcomes.ts'
import { failedResources, partsOf, stackFinding } from '../../../doctor/account/stack.ts'
import { topicFindings, topicsInUse } from '../../../doctor/account/topics.ts'

describe('the stack', () => {
  const stack = (StackStatus: string) => ({ StackName: 'orders-on-kafka-dev', StackStatus }) as never

  it.each([
    ['CREATE_COMPLETE', 'ok'],
    ['UPDATE_COMPLETE', 'ok'],
    ['CREATE_IN_PROGRESS', 'warning'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'warning'],
    ['UPDATE_ROLLBACK_COMPLETE', 'broken'],
    ['UPDATE_ROLLBACK_FAILED', 'broken'],
    ['ROLLBACK_COMPLETE', 'broken'],
    ['DELETE_FAILED', 'broken'],
  ])('in %s is %s', (status, state) => {
    expect(stackFinding(stack(status), 'dev')).toMatchObject({
      state,
      message: `orders-on-kafka-dev: ${status}`,
    })
  })

  it.each([
    ['UPDATE_ROLLBACK_COMPLETE', 'npx serverless deploy --stage prod'],
    ['UPDATE_ROLLBACK_FAILED', 'continue-update-rollback --stack-name orders-on-kafka-prod'],
    ['DELETE_FAILED', 'npx serverless remove --stage prod'],
    ['ROLLBACK_COMPLETE', 'npx serverless remove --stage prod, and deploy again'],
  ])('in %s is mended with %s', (status, command) => {
    expect(stackFinding(stack(status), 'prod').cure).toContain(command)
  })
})

describe('failed resources', () => {
  const event = (LogicalResourceId: string, ResourceStatus: string, ResourceStatusReason?: string) =>
    ({
      ...{
        StackId: 'the stack',
        PhysicalResourceId: LogicalResourceId === 'Stack' ? 'the stack' : 'another',
      },
      ...{ LogicalResourceId, ResourceType: 'AWS::X::Y', ResourceStatus, ResourceStatusReason },
    }) as never

  it('are those of the last operation, in their order, without what they brought down', () => {
    const events = [
      event('Stack', 'UPDATE_ROLLBACK_COMPLETE'),
      event('Role', 'CREATE_FAILED', 'Resource creation cancelled'),
      event('Mapping', 'CREATE_FAILED', 'no such topic'),
      event('Cluster', 'CREATE_FAILED', 'too many brokers'),
      event('Stack', 'UPDATE_IN_PROGRESS', 'User Initiated'),
      event('Old', 'CREATE_FAILED', 'long mended'),
    ]

    expect(failedResources(events)).toMatchObject([
      { state: 'broken', subject: 'resource Cluster', message: 'AWS::X::Y: CREATE_FAILED: too many brokers' },
      { state: 'broken', subject: 'resource Mapping', message: 'AWS::X::Y: CREATE_FAILED: no such topic' },
    ])
  })
})

it('reads the parts of a stack from their physical ids, without those that were deleted', () => {
  const resource = (ResourceType: string, PhysicalResourceId: string, ResourceStatus = 'CREATE_COMPLETE') =>
    ({ ResourceType, PhysicalResourceId, ResourceStatus }) as never

  expect(
    partsOf([
      resource('AWS::Lambda::Function', 'payment'),
      resource('AWS::Lambda::Function', 'old', 'DELETE_COMPLETE'),
      resource('AWS::Lambda::EventSourceMapping', 'a-uuid'),
      resource('AWS::MSK::Topic', 'arn:aws:kafka:us-east-1:1:topic/orders-on-kafka-dev/u-1/order_status'),
    ]),
  ).toEqual({ functions: ['payment'], mappings: ['a-uuid'], topics: ['order_status'] })
})

describe('the table of outcomes', () => {
  const forgets = { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' } as const

  it.each([
    ['ACTIVE', forgets, 'ok'],
    ['UPDATING', { ...forgets, TimeToLiveStatus: 'ENABLING' }, 'ok'],
    ['DELETING', forgets, 'broken'],
    ['INACCESSIBLE_ENCRYPTION_CREDENTIALS', forgets, 'broken'],
    ['ACTIVE', { TimeToLiveStatus: 'DISABLED' }, 'warning'],
    ['ACTIVE', { ...forgets, AttributeName: 'created' }, 'warning'],
  ] as const)('%s, with %j, is %s', (TableStatus, timeToLive, state) => {
    expect(tableFinding({ TableName: 'outcomes', TableStatus }, timeToLive).state).toBe(state)
  })
})

describe('the cluster', () => {
  it.each([
    ['ACTIVE', 'ok'],
    ['UPDATING', 'warning'],
    ['HEALING', 'warning'],
    ['CREATING', 'warning'],
    ['FAILED', 'broken'],
    ['DELETING', 'broken'],
  ] as const)('in %s is %s', (State, state) => {
    expect(clusterFinding({ ClusterName: 'mine', State })).toMatchObject({ state, message: `mine: ${State}` })
  })

  const provisioned = (
    ClientAuthentication: NonNullable<Cluster['Provisioned']>['ClientAuthentication'],
    ClientBroker?: 'TLS' | 'TLS_PLAINTEXT' | 'PLAINTEXT',
  ): Cluster =>
    ({
      Provisioned: { ClientAuthentication, EncryptionInfo: { EncryptionInTransit: { ClientBroker } } },
    }) as never

  it.each([
    ['IAM', provisioned({ Sasl: { Iam: { Enabled: true } } }), ['iam']],
    [
      'SCRAM and IAM',
      provisioned({ Sasl: { Scram: { Enabled: true }, Iam: { Enabled: true } } }),
      ['scram', 'iam'],
    ],
    ['client certificates', provisioned({ Tls: { Enabled: true } }), ['mtls']],
    ['none, of a cluster that was made so', provisioned(undefined), ['tls']],
    [
      'none, with plaintext',
      provisioned({ Unauthenticated: { Enabled: true } }, 'TLS_PLAINTEXT'),
      ['tls', 'none'],
    ],
    [
      'none, with plaintext alone',
      provisioned({ Unauthenticated: { Enabled: true } }, 'PLAINTEXT'),
      ['none'],
    ],
    [
      'IAM beside none',
      provisioned({ Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: true } }, 'TLS'),
      ['iam', 'tls'],
    ],
    [
      'IAM, of MSK Serverless',
      { Serverless: { ClientAuthentication: { Sasl: { Iam: { Enabled: true } } } } } as never,
      ['iam'],
    ],
  ])('offers %s', (_, cluster, offered) => {
    expect(authenticationsOf(cluster)).toEqual(offered)
  })

  it.each([
    ['ok', 'iam', ['iam']],
    ['ok', 'iam', ['iam', 'tls']],
    ['ok', 'tls', ['tls', 'none']],
    ['ok', 'scram', ['scram', 'iam']],
    ['broken', 'iam', ['scram']],
    ['broken', 'iam', []],
    ['broken', 'none', ['iam', 'tls', 'none']],
    ['broken', 'tls', ['iam', 'tls']],
  ] as const)('is %s with functions that use %s where it offers %j', (state, kafkaAuth, offered) => {
    expect(authenticationFinding(kafkaAuth, offered)).toMatchObject({ state })
  })

  it('tells which parameter mends another authentication', () => {
    expect(authenticationFinding('iam', ['mtls', 'scram']).cure).toContain(
      '--param kafkaAuth=mtls or --param kafkaAuth=scram',
    )
  })
})

describe('topics', () => {
  it('in use are those that mappings read and write, and those of the stack, each once', () => {
    const mapping = (topic: string, Destination?: string): EventSourceMappingConfiguration => ({
      Topics: [topic],
      DestinationConfig: { OnFailure: { Destination } },
    })

    expect(
      topicsInUse(
        [mapping('orders', 'kafka://dead_letters'), mapping('order_status', 'arn:aws:sqs:us-east-1:1:q')],
        ['orders', 'extra'],
      ),
    ).toEqual(['orders', 'dead_letters', 'order_status', 'extra'])
  })

  it('are broken when they are not on the cluster, and a warning when replicas lag', () => {
    const present = { PartitionCount: 3, ReplicationFactor: 2 }

    expect(
      topicFindings(
        ['orders', 'order_status', 'dead_letters'],
        [
          { TopicName: 'orders', ...present },
          { TopicName: 'order_status', ...present, OutOfSyncReplicaCount: 2 },
        ],
      ),
    ).toMatchObject([
      { state: 'ok', subject: 'topic orders', message: '3 partitions, 2 replicas' },
      { state: 'warning', subject: 'topic order_status' },
      { state: 'broken', subject: 'topic dead_letters', message: 'It is not on the cluster.' },
    ])
  })
})

describe('a mapping', () => {
  const mapping: EventSourceMappingConfiguration = {
    ...{ UUID: 'u-1', FunctionArn: 'arn:aws:lambda:us-east-1:1:function:payment', Topics: ['orders'] },
    ...{ State: 'Enabled', StateTransitionReason: 'USER_INITIATED', LastProcessingResult: 'OK' },
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 },
  }

  it('is well when it is enabled and its last batch was', () => {
    expect(mappingFindings(mapping)).toEqual([
      { state: 'ok', subject: 'mapping payment', message: 'Enabled from orders (u-1), pollers: 1 to 2' },
    ])
  })

  it('that meets with trouble says what causes it and what mends it', () => {
    const [, trouble] = mappingFindings({
      ...mapping,
      LastProcessingResult: 'PROBLEM: SASL authentication failed.',
    })

    expect(trouble).toMatchObject({ state: 'broken', message: 'PROBLEM: SASL authentication failed.' })
    expect(trouble?.cure).toMatch(/kafka-cluster:Connect.*with-kafka-troubleshoot\.html#kafka-sasl-errors/s)
  })

  it('whose words nobody knows points to the log', () => {
    const [, trouble] = mappingFindings({ ...mapping, LastProcessingResult: 'PROBLEM: new' })

    expect(trouble).toMatchObject({
      state: 'broken',
      message: 'PROBLEM: new',
      cure: expect.stringContaining('log'),
    })
  })

  it('that somebody switched off can be switched on', () => {
    expect(mappingFindings({ ...mapping, State: 'Disabled' })).toMatchObject([
      { state: 'broken', cure: expect.stringContaining('--enabled --uuid u-1') },
    ])
  })

  it('that Lambda switched off has the reason explained', () => {
    const [finding] = mappingFindings({
      ...mapping,
      State: 'Disabled',
      StateTransitionReason: 'EVENT_SOURCE_AUTHZ_ERROR',
    })

    expect(finding?.cure).toContain('Cluster failed to authorize Lambda')
  })

  it('that is being made is waited for', () => {
    expect(mappingFindings({ ...mapping, State: 'Creating' })).toMatchObject([{ state: 'warning' }])
  })

  it('without provisioned pollers is a warning', () => {
    const { ProvisionedPollerConfig: _, ...onDemand } = mapping

    expect(mappingFindings(onDemand)).toMatchObject([{ state: 'warning' }])
  })
})

describe('a function', () => {
  const active = {
    ...{ FunctionName: 'payment', State: 'Active', LastUpdateStatus: 'Successful' },
    ...{ Runtime: 'nodejs24.x', MemorySize: 512, Timeout: 240 },
  } as FunctionConfiguration

  it.each([
    ['ok', {}],
    ['broken', { State: 'Failed', StateReason: 'no subnet' }],
    ['broken', { LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'no role' }],
    ['warning', { State: 'Inactive' }],
    ['warning', { State: 'Pending', StateReason: 'The function is being created.' }],
    ['warning', { LastUpdateStatus: 'InProgress' }],
  ] as const)('is %s with %j', (state, different) => {
    expect(functionFinding({ ...active, ...different })).toMatchObject({ state, subject: 'function payment' })
  })

  it('has its name in an ARN, with or without a version', () => {
    expect(nameInArn('arn:aws:lambda:us-east-1:1:function:payment')).toBe('payment')
    expect(nameInArn('arn:aws:lambda:us-east-1:1:function:payment:7')).toBe('payment')
  })
})
