import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type CommandResult, copyProject, type ProjectCopy } from '../helpers/project.ts'
import { type AccountState, type LocalAws, startLocalAws } from './localAws.ts'
import { THEIR_SECRET, VARIANTS } from './variants.ts'

/** An account that holds nothing. */
const EMPTY: AccountState = {
  stacks: [],
  functions: {},
  mappings: [],
  clusters: {},
  roles: [],
  alarms: [],
  dashboards: [],
  alarmTopics: [],
  apis: [],
  logGroups: [],
  buckets: [],
  secrets: [],
  endpoints: [],
  tables: {},
  networks: [],
  subnets: [],
  securityGroups: [],
}

const OUTCOMES = { key: 'id', billing: 'PAY_PER_REQUEST', timeToLive: 'expiresAt', pointInTime: 'ENABLED' }
const BOTH_ENDPOINTS = ['com.amazonaws.us-east-1.dynamodb', 'com.amazonaws.us-east-1.secretsmanager']
const TOPICS = ['dead_letters', 'order_status', 'orders']
const FUNCTIONS = ['bootstrapBrokers', 'createOrder', 'notification', 'payment']
const BROKER_GROUP = 'Kafka brokers and the pollers of event source mappings'

const functionNames = (stage: string) => FUNCTIONS.map((name) => `orders-on-kafka-${stage}-${name}`)

const outputOf = ({ stdout, stderr }: CommandResult) => stdout + stderr

/** Deployments, one after the other, into one account of a local AWS endpoint. */
describe('serverless deploy', () => {
  let aws: LocalAws
  let project: ProjectCopy

  /** Runs it to the end; it must succeed. */
  async function serverless(...args: string[]): Promise<CommandResult> {
    const result = await aws.serverless(project.folder, args)
    if (result.code !== 0) throw new Error(`serverless ${args.join(' ')}: ${outputOf(result)}`)
    return result
  }

  beforeAll(async () => {
    project = copyProject()
    aws = await startLocalAws()
  }, 120_000)

  afterAll(async () => {
    await aws?.stop()
    project?.remove()
  })

  describe('dev', () => {
    let state: AccountState
    let deployed: string
    const lambda = (name: string) => state.functions[`orders-on-kafka-dev-${name}`]

    beforeAll(async () => {
      expect(await aws.state()).toEqual(EMPTY)
      deployed = outputOf(await serverless('deploy', ...VARIANTS.dev))
      state = await aws.state()
    }, 180_000)

    it('says that the API is open to all', () => {
      expect(deployed).toMatch(/POST \/orders is open/)
    })

    it('brings up functions, each with its role and its log, and one cluster with the topics', () => {
      expect(Object.keys(state.functions).sort()).toEqual(functionNames('dev'))
      expect(Object.keys(state.clusters)).toEqual([
        expect.stringMatching(/^arn:aws:kafka:us-east-1:\d{12}:cluster\/orders-on-kafka-dev\/[^/]+$/),
      ])
      expect(Object.values(state.clusters)).toEqual([TOPICS])
      expect(state.roles).toHaveLength(FUNCTIONS.length)
      expect(new Set(Object.values(state.functions).map(({ Role }) => Role)).size).toBe(FUNCTIONS.length)
      expect(state.logGroups).toEqual([
        '/aws/http-api/orders-on-kafka-dev',
        ...functionNames('dev').map((name) => `/aws/lambda/${name}`),
        '/aws/msk/orders-on-kafka-dev',
      ])
    })

    it('asks MSK for the brokers with the deployed function, and gives them to those that write', () => {
      const brokers = 'b-1.orders-on-kafka-dev.example:9098,b-2.orders-on-kafka-dev.example:9098'

      expect(lambda('createOrder')?.Environment?.Variables).toEqual({
        KAFKA_BROKERS: brokers,
        KAFKA_AUTH: 'iam',
        KAFKA_SECRET_ARN: '',
      })
      expect(lambda('payment')?.Environment?.Variables).toEqual({
        KAFKA_BROKERS: brokers,
        KAFKA_AUTH: 'iam',
        KAFKA_SECRET_ARN: '',
        OUTCOMES_TABLE: 'orders-on-kafka-dev-outcomes',
        OUTCOMES_DAYS: '90',
        PAYMENT_GATEWAY_URL: '',
        PAYMENT_GATEWAY_TIMEOUT_MS: '10000',
        PAYMENT_MAX_DELAY_MS: '2000',
      })
      expect(lambda('notification')?.Environment?.Variables).toEqual({
        KAFKA_BROKERS: brokers,
        KAFKA_AUTH: 'iam',
        KAFKA_SECRET_ARN: '',
        OUTCOMES_TABLE: 'orders-on-kafka-dev-outcomes',
        OUTCOMES_DAYS: '90',
      })
    })

    it('makes the table of outcomes, which forgets by itself and can be taken back, and a way to it', () => {
      expect(state.tables).toEqual({ 'orders-on-kafka-dev-outcomes': OUTCOMES })
      expect(state.endpoints).toEqual(['com.amazonaws.us-east-1.dynamodb'])
    })

    it('attaches those that write to the network', () => {
      expect([state.networks, state.subnets]).toEqual([['10.0.0.0/16'], ['10.0.0.0/24', '10.0.1.0/24']])
      expect(state.securityGroups).toEqual(['Functions that write to Kafka', BROKER_GROUP])
      const attached = FUNCTIONS.filter((name) => (lambda(name)?.VpcConfig?.SubnetIds.length ?? 0) > 0)
      expect(attached).toEqual(['createOrder', 'notification', 'payment'])
    })

    it('makes both mappings with all their settings', () => {
      const mapping = (name: string, topic: string) => ({
        FunctionArn: lambda(name)?.FunctionArn,
        EventSourceArn: Object.keys(state.clusters)[0],
        State: 'Enabled',
        Topics: [topic],
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `${name}_service` },
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 0,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 10,
        DestinationConfig: { OnFailure: { Destination: 'kafka://dead_letters' } },
        ProvisionedPollerConfig: {
          MinimumPollers: 1,
          MaximumPollers: 1,
          PollerGroupName: 'orders-on-kafka-dev',
        },
        MetricsConfig: { Metrics: ['EventCount'] },
      })
      const found = state.mappings.map((settings) => {
        const { UUID, EventSourceMappingArn, LastModified, StateTransitionReason, ...rest } = settings
        return rest
      })

      expect(found).toHaveLength(2)
      expect(found).toEqual(
        expect.arrayContaining([mapping('payment', 'orders'), mapping('notification', 'order_status')]),
      )
    })

    it('leads POST /orders to createOrder', () => {
      const [api] = state.apis
      const [integration] = api?.integrations ?? []

      expect(state.apis).toHaveLength(1)
      expect(integration?.IntegrationUri).toBe(lambda('createOrder')?.FunctionArn)
      expect(api?.routes).toEqual([
        expect.objectContaining({
          RouteKey: 'POST /orders',
          Target: `integrations/${integration?.IntegrationId}`,
          AuthorizationType: 'NONE',
        }),
      ])
      expect(api?.stages).toEqual([
        expect.objectContaining({
          StageName: '$default',
          DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
        }),
      ])
    })

    it('makes the alarms, the topic that they tell, and the dashboard', () => {
      for (const name of ['PaymentLagAlarm', 'NotificationDeadLettersAlarm', 'ApiErrorsAlarm']) {
        expect(state.alarms).toContainEqual(expect.stringContaining(`orders-on-kafka-dev-${name}-`))
      }
      expect(state.alarmTopics).toEqual([expect.stringMatching(/:orders-on-kafka-dev-alarms$/)])
      expect(state.dashboards).toEqual(['orders-on-kafka-dev-us-east-1'])
    })

    it('info names the endpoint and the functions', async () => {
      const { stdout } = await serverless('info', ...VARIANTS.dev)

      expect(stdout).toMatch(/endpoint: POST - https:\/\/\w+\.execute-api\.us-east-1\.amazonaws\.com\/orders/)
      for (const name of functionNames('dev')) expect(stdout).toContain(name)
    })

    it('again, without a change, it deploys nothing', async () => {
      const again = outputOf(await serverless('deploy', ...VARIANTS.dev))

      expect(again).toContain('No changes to deploy')
      expect(await aws.state()).toEqual(state)
    }, 120_000)

    it('the doctor finds nothing to mend', async () => {
      const { stdout } = await aws.run(project.folder, ['npm', 'run', '--silent', 'doctor'])

      const account = stdout.slice(stdout.indexOf('AWS, stage dev'))
      expect(account).toMatch(/ok +stack/)
      expect(account).toMatch(/ok +topic dead_letters/)
      expect(account).toMatch(/ok +mapping .*payment/)
      expect(account).toMatch(/ok +outcomes/)
      expect(account).not.toMatch(/^ +(broken|warning|unknown) /m)
    })

    it('a change reaches what it is about, and all else stays what it was', async () => {
      const changed = [...VARIANTS.dev, '--param', 'apiRateLimit=60']
      const result = await aws.serverless(project.folder, ['deploy', ...changed], {
        PAYMENT_MAX_DELAY_MS: '0',
      })

      expect([result.code, outputOf(result)]).toEqual([0, expect.not.stringContaining('No changes')])
      const after = await aws.state()
      const payment = after.functions['orders-on-kafka-dev-payment']
      expect(payment?.Environment?.Variables.PAYMENT_MAX_DELAY_MS).toBe('0')
      expect(after.apis[0]?.stages[0]).toMatchObject({ DefaultRouteSettings: { ThrottlingRateLimit: 60 } })
      expect(after.clusters).toEqual(state.clusters)
      expect(after.tables).toEqual(state.tables)
      expect(after.mappings).toEqual(state.mappings)
      expect(after.functions['orders-on-kafka-dev-createOrder']).toEqual(lambda('createOrder'))
    }, 120_000)

    it('remove leaves nothing', async () => {
      await serverless('remove', ...VARIANTS.dev)

      expect(await aws.state()).toEqual(EMPTY)
    }, 120_000)
  })

  it('scram: makes a user whose secret the mappings name, and a way to it; remove leaves nothing', async () => {
    await serverless('deploy', ...VARIANTS.scram)
    const { secrets, endpoints, functions, mappings } = await aws.state()
    await serverless('remove', ...VARIANTS.scram)

    const secret = functions['orders-on-kafka-dev-createOrder']?.Environment?.Variables.KAFKA_SECRET_ARN
    expect(secrets).toEqual(['AmazonMSK_orders-on-kafka-dev'])
    expect(secret).toMatch(/^arn:aws:secretsmanager:.*:secret:AmazonMSK_orders-on-kafka-dev-/)
    expect(endpoints.sort()).toEqual(BOTH_ENDPOINTS)
    expect(mappings.map(({ SourceAccessConfigurations }) => SourceAccessConfigurations)).toEqual([
      [{ Type: 'SASL_SCRAM_512_AUTH', URI: secret }],
      [{ Type: 'SASL_SCRAM_512_AUTH', URI: secret }],
    ])
    expect(functions['orders-on-kafka-dev-payment']?.Environment?.Variables.KAFKA_BROKERS).toMatch(/:9096$/)
    expect(await aws.state()).toEqual(EMPTY)
  }, 180_000)

  it('mtls: gives functions and mappings the secret with the certificate, and a way to it; remove leaves nothing', async () => {
    await serverless('deploy', ...VARIANTS.mtls)
    const { secrets, endpoints, functions, mappings } = await aws.state()
    await serverless('remove', ...VARIANTS.mtls)

    const variables = functions['orders-on-kafka-dev-payment']?.Environment?.Variables
    expect([variables?.KAFKA_AUTH, variables?.KAFKA_SECRET_ARN]).toEqual(['mtls', THEIR_SECRET])
    expect(variables?.KAFKA_BROKERS).toMatch(/:9094$/)
    expect([secrets, endpoints.sort()]).toEqual([[], BOTH_ENDPOINTS])
    expect(mappings.map(({ SourceAccessConfigurations }) => SourceAccessConfigurations)).toEqual([
      [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: THEIR_SECRET }],
      [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: THEIR_SECRET }],
    ])
    expect(await aws.state()).toEqual(EMPTY)
  }, 180_000)

  describe('prod', () => {
    let said: string
    let deployed: AccountState
    let left: AccountState

    beforeAll(async () => {
      said = outputOf(await serverless('deploy', ...VARIANTS.prod))
      deployed = await aws.state()
      await serverless('remove', ...VARIANTS.prod)
      left = await aws.state()
    }, 180_000)

    it('asks who comes', () => {
      expect(said).not.toMatch(/is open/)
      expect(deployed.apis[0]?.routes[0]).toMatchObject({
        AuthorizationType: 'JWT',
        Authorizer: { JwtConfiguration: { Audience: ['orders'], Issuer: 'https://issuer.example' } },
      })
    })

    it('remove keeps the cluster with its records, the outcomes, and what these stand in', () => {
      expect(Object.values(deployed.clusters)).toEqual([TOPICS])
      expect(left).toEqual({
        ...EMPTY,
        clusters: deployed.clusters,
        tables: { 'orders-on-kafka-prod-outcomes': OUTCOMES },
        endpoints: ['com.amazonaws.us-east-1.dynamodb'],
        networks: deployed.networks,
        subnets: ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'],
        securityGroups: [BROKER_GROUP],
        logGroups: ['/aws/msk/orders-on-kafka-prod'],
      })
    })

    describe('on the cluster that was kept', () => {
      const cluster = () => Object.keys(left.clusters)[0] as string
      const onIt = () => [
        ...['--stage', 'dev', '--param', `clusterArn=${cluster()}`, '--param', 'topics=existing'],
        ...[
          '--param',
          'subnetIds=subnet-0a1b2c3d4e5f60718',
          '--param',
          'securityGroupIds=sg-0a1b2c3d4e5f60718',
        ],
      ]

      it('an authentication that it does not offer ends the deployment with what to do', async () => {
        const result = await aws.serverless(project.folder, [
          'deploy',
          ...onIt(),
          '--param',
          'kafkaAuth=none',
        ])

        expect(result.code).toBe(1)
        expect(outputOf(result)).toMatch(
          /CREATE_FAILED: BootstrapBrokers[\s\S]*does not offer the authentication "none".*kafkaAuth=iam/,
        )
        await serverless('remove', ...onIt())
      }, 120_000)

      it('the functions come up beside it, a forgotten parameter changes nothing, and remove leaves it alone', async () => {
        await serverless('deploy', ...onIt())
        const beside = await aws.state()
        const forgotten = await aws.serverless(project.folder, ['deploy', '--stage', 'dev'])
        const stillThere = await aws.state()
        await serverless('remove', ...onIt())

        expect([forgotten.code, outputOf(forgotten)]).toEqual([
          1,
          expect.stringMatching(/Give the parameters[\s\S]*clusterArn: arn:aws:kafka.*would become not set/),
        ])
        expect(stillThere).toEqual(beside)
        expect(Object.keys(beside.functions).sort()).toEqual(functionNames('dev'))
        expect(beside.functions['orders-on-kafka-dev-payment']?.Environment?.Variables.KAFKA_BROKERS).toBe(
          [1, 2, 3].map((broker) => `b-${broker}.orders-on-kafka-prod.example:9098`).join(),
        )
        expect(beside.mappings.map(({ EventSourceArn }) => EventSourceArn)).toEqual([cluster(), cluster()])
        expect([beside.clusters, beside.networks]).toEqual([left.clusters, left.networks])
        expect(await aws.state()).toEqual(left)
      }, 180_000)
    })
  })
})
