import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AwsStandIn,
  Page,
  type StandInAnswers,
  StandInError,
  startAwsStandIn,
} from '../../helpers/awsStandIn.ts'
import { freeStartPorts, runDoctor } from '../../helpers/doctor.ts'
import { freePort } from '../../helpers/freePort.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/orders-on-kafka-dev/c-1'
const STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/orders-on-kafka-dev/s-1'

const members = (all: Record<string, string>[]) =>
  all
    .map(
      (one) =>
        `<member>${Object.entries(one)
          .map(([name, value]) => `<${name}>${value}</${name}>`)
          .join('')}</member>`,
    )
    .join('')

const OUTPUTS = {
  ClusterArn: CLUSTER,
  KafkaAuth: 'iam',
  Brokers: 'b-1.x:9098,b-2.x:9098',
  OutcomesTable: 'outcomes-dev',
}

const stack = (StackStatus: string, outputs: Record<string, string> = OUTPUTS) => {
  const Outputs = members(
    Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  )
  return `<Stacks>${members([
    {
      ...{ StackName: 'orders-on-kafka-dev', StackId: STACK, CreationTime: '2026-01-01T00:00:00Z' },
      ...{ StackStatus, Outputs },
    },
  ])}</Stacks>`
}

const resources = `<StackResourceSummaries>${members(
  [
    ['AWS::Lambda::Function', 'orders-on-kafka-dev-payment'],
    ['AWS::Lambda::EventSourceMapping', 'u-payment'],
    ['AWS::MSK::Topic', 'arn:aws:kafka:us-east-1:123456789012:topic/orders-on-kafka-dev/c-1/order_status'],
  ].map(([ResourceType = '', PhysicalResourceId = '']) => ({
    ...{ ResourceType, PhysicalResourceId, LogicalResourceId: 'Any', ResourceStatus: 'CREATE_COMPLETE' },
    LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
  })),
)}</StackResourceSummaries>`

const cluster = (state: string, clientAuthentication: object) => ({
  clusterInfo: {
    ...{ clusterName: 'orders-on-kafka-dev', clusterArn: CLUSTER, clusterType: 'PROVISIONED', state },
    provisioned: { clientAuthentication, encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS' } } },
  },
})

const topics = (...names: string[]) => ({
  topics: names.map((topicName) => ({
    ...{ topicName, partitionCount: 3, replicationFactor: 2, outOfSyncReplicaCount: 0 },
  })),
})

const mapping = {
  ...{ UUID: 'u-payment', Topics: ['orders'], State: 'Enabled', LastProcessingResult: 'OK' },
  FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders-on-kafka-dev-payment',
  ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 },
  DestinationConfig: { OnFailure: { Destination: 'kafka://dead_letters' } },
}

const payment = {
  ...{ FunctionName: 'orders-on-kafka-dev-payment', State: 'Active', LastUpdateStatus: 'Successful' },
  ...{ Runtime: 'nodejs24.x', MemorySize: 512, Timeout: 840 },
}

const IAM = { sasl: { iam: { enabled: true } } }

const HEALTHY: StandInAnswers = {
  GetCallerIdentity: '<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/ada</Arn>',
  DescribeStacks: stack('UPDATE_COMPLETE'),
  ListStackResources: resources,
  DescribeClusterV2: cluster('ACTIVE', IAM),
  ListTopics: topics('orders', 'order_status', 'dead_letters'),
  DescribeTable: { Table: { TableName: 'outcomes-dev', TableStatus: 'ACTIVE' } },
  DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' } },
  GetEventSourceMapping: mapping,
  GetFunctionConfiguration: payment,
}

const denied = (action: string) =>
  new StandInError(
    403,
    'AccessDeniedException',
    `User: ada is not authorized to perform: ${action} on resource: x`,
  )

const failedEvents = `<StackEvents>${members(
  [
    {
      LogicalResourceId: 'orders-on-kafka-dev',
      PhysicalResourceId: STACK,
      ResourceStatus: 'UPDATE_ROLLBACK_COMPLETE',
    },
    {
      ...{ LogicalResourceId: 'Cluster', PhysicalResourceId: '', ResourceType: 'AWS::MSK::Cluster' },
      ...{ ResourceStatus: 'CREATE_FAILED', ResourceStatusReason: 'no such broker type' },
    },
    {
      ...{
        LogicalResourceId: 'orders-on-kafka-dev',
        PhysicalResourceId: STACK,
        ResourceStatus: 'UPDATE_IN_PROGRESS',
      },
      ResourceStatusReason: 'User Initiated',
    },
  ].map((event) => ({
    StackId: STACK,
    EventId: event.ResourceStatus,
    StackName: 'x',
    Timestamp: '2026-01-01T00:00:00Z',
    ...event,
  })),
)}</StackEvents>`

/** What is found, by what AWS answers otherwise than for a healthy deployment. */
const CASES: [what: string, answers: StandInAnswers, code: number, lines: string[]][] = [
  [
    'a deployment that was undone, with what failed in it',
    { DescribeStacks: stack('UPDATE_ROLLBACK_COMPLETE', {}), DescribeStackEvents: failedEvents },
    1,
    [
      'broken stack orders-on-kafka-dev: UPDATE_ROLLBACK_COMPLETE',
      'broken resource Cluster AWS::MSK::Cluster: CREATE_FAILED: no such broker type',
      'unknown cluster The stack has no output ClusterArn, so there is no cluster to look at.',
    ],
  ],
  [
    'everything that does not work as it is',
    {
      DescribeStacks: stack('UPDATE_COMPLETE', { ClusterArn: CLUSTER, KafkaAuth: 'tls' }),
      DescribeClusterV2: cluster('FAILED', { ...IAM, unauthenticated: { enabled: true } }),
      ListTopics: topics('orders', 'order_status'),
      GetFunctionConfiguration: {
        ...payment,
        LastUpdateStatus: 'Failed',
        LastUpdateStatusReason: 'no subnet',
      },
      GetEventSourceMapping: {
        ...{ ...mapping, State: 'Disabled', StateTransitionReason: 'USER_INITIATED' },
        LastProcessingResult: 'PROBLEM: Cluster failed to authorize Lambda.',
      },
    },
    1,
    [
      'broken cluster orders-on-kafka-dev: FAILED',
      'broken authentication The functions use tls, but the mappings use IAM, since the cluster offers it, and their roles ' +
        'allow nothing there.',
      'broken brokers The stack has no output Brokers, so the functions do not know where Kafka is.',
      'broken topic dead_letters It is not on the cluster.',
      'broken function orders-on-kafka-dev-payment Active, but its last update failed: no subnet',
      'broken mapping orders-on-kafka-dev-payment Disabled from orders (u-payment): USER_INITIATED',
      'Switch it on: aws lambda update-event-source-mapping --enabled --uuid u-payment',
      'broken mapping orders-on-kafka-dev-payment PROBLEM: Cluster failed to authorize Lambda.',
      'https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html#kafka-authorize-errors',
    ],
  ],
  [
    'what somebody deleted',
    {
      DescribeClusterV2: new StandInError(404, 'NotFoundException', 'no such cluster'),
      DescribeTable: new StandInError(400, 'ResourceNotFoundException', 'no such table'),
      GetFunctionConfiguration: new StandInError(404, 'ResourceNotFoundException', 'no such function'),
      GetEventSourceMapping: new StandInError(404, 'ResourceNotFoundException', 'no such mapping'),
    },
    1,
    [
      `broken cluster There is no ${CLUSTER}.`,
      'broken outcomes There is no table outcomes-dev: payment and notification wait for it.',
      'broken function orders-on-kafka-dev-payment The stack made it, and it is gone.',
      'broken mapping u-payment The stack made it, and it is gone.',
    ],
  ],
  [
    'permissions that are missing, while the rest is looked at',
    { ListTopics: denied('kafka:ListTopics'), GetEventSourceMapping: denied('lambda:GetEventSourceMapping') },
    0,
    [
      'unknown topics These credentials may not look at it: kafka:ListTopics is not allowed.',
      'Allow kafka:ListTopics to whoever runs this, or run it with other credentials (AWS_PROFILE).',
      'ok function orders-on-kafka-dev-payment Active, nodejs24.x, 512 MB, 840 s',
      'unknown mapping u-payment These credentials may not look at it: lambda:GetEventSourceMapping is not allowed.',
    ],
  ],
  [
    'credentials that are no longer valid',
    {
      GetCallerIdentity: new StandInError(
        403,
        'ExpiredToken',
        'The security token included in the request is expired',
      ),
      DescribeStacks: new StandInError(
        403,
        'ExpiredToken',
        'The security token included in the request is expired',
      ),
    },
    1,
    [
      'broken account AWS does not take these credentials: The security token included in the request is expired',
    ],
  ],
]

describe('npm run doctor, of a deployment', () => {
  let aws: AwsStandIn

  beforeAll(async () => {
    aws = await startAwsStandIn(HEALTHY)
  })

  afterAll(() => aws.close())

  const doctor = async (answers: StandInAnswers, args: string[] = [], env: NodeJS.ProcessEnv = {}) => {
    aws.answers = { ...HEALTHY, ...answers }
    return runDoctor(ROOT, await freeStartPorts(), {
      args,
      env: { ...CREDENTIALS, AWS_ENDPOINT_URL: aws.url, ...env },
    })
  }

  it('names everything that a healthy one consists of', async () => {
    const { code, account } = await doctor({})

    expect(account).toEqual([
      'AWS, stage dev in us-east-1',
      'ok account 123456789012, as arn:aws:iam::123456789012:user/ada',
      'ok stack orders-on-kafka-dev: UPDATE_COMPLETE',
      'ok cluster orders-on-kafka-dev: ACTIVE',
      'ok authentication iam, of iam that the cluster offers',
      'ok brokers b-1.x:9098',
      'b-2.x:9098',
      'ok topic orders 3 partitions, 2 replicas',
      'ok topic dead_letters 3 partitions, 2 replicas',
      'ok topic order_status 3 partitions, 2 replicas',
      'ok outcomes outcomes-dev: ACTIVE',
      'ok function orders-on-kafka-dev-payment Active, nodejs24.x, 512 MB, 840 s',
      'ok mapping orders-on-kafka-dev-payment Enabled from orders (u-payment), pollers: 1',
      '',
      'All is well.',
    ])
    expect(code).toBe(0)
  })

  it.each(CASES)('finds %s', async (_, answers, code, expected) => {
    const result = await doctor(answers)

    expect(result.account).toEqual(expect.arrayContaining(expected))
    expect(result.code).toBe(code)
  })

  it('may be missing, in the stage and the region that it is asked for', async () => {
    const { code, account } = await doctor(
      { DescribeStacks: new StandInError(400, 'ValidationError', 'Stack with id x does not exist') },
      ['--stage', 'prod', '--region', 'eu-central-1'],
    )

    expect(account).toEqual(
      expect.arrayContaining([
        'AWS, stage prod in eu-central-1',
        'warning stack Nothing is deployed: there is no stack orders-on-kafka-prod.',
        'npx serverless deploy --stage prod, with its parameters (docs/deploy.md)',
      ]),
    )
    expect(code).toBe(0)
  })

  it('is unknown where nothing answers', async () => {
    const { code, account } = await doctor({}, [], {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}`,
    })

    expect(account).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^unknown stack The connection was refused \(cloudformation:DescribeStacks\): .*ECONNREFUSED/,
        ),
      ]),
    )
    expect(code).toBe(0)
  })

  it.each([
    ['not XML', '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>Sign in<br></body></html>'],
    ['XML too', '<html><body><p>Sign in</p></body></html>'],
  ])('is unknown where a proxy answers with a page, which is %s', async (_, html) => {
    const page = (status: number) => new Page(status, html)
    const refused = await doctor({ GetCallerIdentity: page(407), DescribeStacks: page(407) })
    const passed = await doctor({ GetCallerIdentity: page(200), DescribeStacks: page(200) })

    expect(refused.account).toEqual(
      expect.arrayContaining([
        'unknown account What answered is not an API of AWS (sts:GetCallerIdentity): HTTP 407, text/html; charset=utf-8',
        'unknown stack What answered is not an API of AWS (cloudformation:DescribeStacks): HTTP 407, text/html; charset=utf-8',
      ]),
    )
    expect(passed.account).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^unknown account .*GetCallerIdentity/),
        expect.stringMatching(/^unknown stack .*DescribeStacks/),
      ]),
    )
    expect([...refused.account, ...passed.account].join('\n')).not.toContain('$response')
  })

  it('is told in one line without credentials', async () => {
    const { code, account } = await doctor({}, [], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })

    expect(account).toEqual([
      'AWS, stage dev in us-east-1',
      'unknown account Not looked at: there are no AWS credentials.',
      expect.stringContaining('AWS_PROFILE'),
      '',
      '1 could not be looked at',
    ])
    expect(code).toBe(0)
  })
})

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' }
