import { beforeAll, describe, expect, it } from '@jest/globals'
import { evaluatedTemplateOf, PACKAGING_TIMEOUT_MS, packageVariants } from './packages.ts'
import { FUNCTIONS, type FunctionName, idOf, ofType, propertiesOf, resourceOf } from './template/lookUp.ts'
import { OWN_CLUSTER, THEIR_SECRET, VARIANT_NAMES, type Variant } from './variants.ts'

const WRITERS: FunctionName[] = ['createOrder', 'payment', 'notification']

const functionOf = (variant: Variant, name: FunctionName) =>
  propertiesOf(evaluatedTemplateOf(variant), idOf(name, 'LambdaFunction'))

/** The mappings by their function's name. */
const mappingsOf = (variant: Variant) =>
  Object.fromEntries(
    [...ofType(evaluatedTemplateOf(variant), 'AWS::Lambda::EventSourceMapping').values()].map((mapping) => [
      /-(\w+)$/.exec(mapping.FunctionName)?.[1] as string,
      mapping,
    ]),
  )

const apiOf = (variant: Variant) => {
  const { resources } = evaluatedTemplateOf(variant)
  return {
    route: resources.HttpApiRoutePostOrders?.Properties ?? {},
    integration: resources.HttpApiIntegrationCreateOrder?.Properties ?? {},
    stage: resources.HttpApiStage?.Properties ?? {},
    authorizer: resources.HttpApiAuthorizerCustomers?.Properties,
  }
}

const BROKERS = 'b-1.example:9098,b-2.example:9098'

const TRANSPORT: Record<string, object[] | undefined> = {
  scram: [
    {
      Type: 'SASL_SCRAM_512_AUTH',
      URI: expect.stringMatching(/^arn:aws:secretsmanager:.*:secret:AmazonMSK_/),
    },
  ],
  mtls: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: THEIR_SECRET }],
}

const authenticationOf = (variant: Variant) =>
  functionOf(variant, 'createOrder').Environment.Variables.KAFKA_AUTH

describe('the functions', () => {
  beforeAll(() => packageVariants(), PACKAGING_TIMEOUT_MS)

  describe.each(VARIANT_NAMES)('%s', (variant) => {
    it('there are four, on a runtime of today, traced', () => {
      const found = [...ofType(evaluatedTemplateOf(variant), 'AWS::Lambda::Function').keys()]

      expect(found.sort()).toEqual(FUNCTIONS.map((name) => idOf(name, 'LambdaFunction')).sort())
      for (const name of FUNCTIONS) {
        expect(functionOf(variant, name)).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          TracingConfig: { Mode: 'Active' },
        })
      }
    })

    it('each writes into a log group of the stack, which keeps it for a time', () => {
      for (const name of FUNCTIONS) {
        const group = propertiesOf(evaluatedTemplateOf(variant), idOf(name, 'LogGroup'))
        expect(group.LogGroupName).toBe(`/aws/lambda/${functionOf(variant, name).FunctionName}`)
        expect(group.RetentionInDays).toBeGreaterThan(0)
      }
    })

    it('those that write to Kafka run in the VPC and know the brokers', () => {
      for (const name of FUNCTIONS) {
        const { VpcConfig, Environment } = functionOf(variant, name)
        const writes = WRITERS.includes(name)
        expect([name, VpcConfig !== undefined]).toEqual([name, writes])
        expect([name, Environment?.Variables.KAFKA_BROKERS]).toEqual([name, writes ? BROKERS : undefined])
      }
    })

    it('payment and notification know the table of outcomes, and for how long to keep them', () => {
      const { OutcomesTable } = evaluatedTemplateOf(variant).outputs
      expect(OutcomesTable).toMatch(/^orders-on-kafka-(dev|prod)-outcomes$/)
      for (const name of ['payment', 'notification'] as const) {
        expect(functionOf(variant, name).Environment.Variables).toMatchObject({
          OUTCOMES_TABLE: OutcomesTable,
          OUTCOMES_DAYS: '90',
        })
      }
      expect(functionOf(variant, 'createOrder').Environment.Variables).not.toHaveProperty('OUTCOMES_TABLE')
    })

    it('the secret is named exactly where the authentication has one', () => {
      const withSecret = ['scram', 'mtls'].includes(authenticationOf(variant))
      for (const name of WRITERS) {
        const { KAFKA_SECRET_ARN } = functionOf(variant, name).Environment.Variables
        expect(KAFKA_SECRET_ARN).toEqual(withSecret ? expect.stringMatching(/^arn:aws:secretsmanager:/) : '')
      }
    })

    it('the mappings authenticate as the functions do, and have the same rules', () => {
      const common = {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 0,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 10,
        DestinationConfig: { OnFailure: { Destination: 'kafka://dead_letters' } },
        MetricsConfig: { Metrics: ['EventCount'] },
        SourceAccessConfigurations: TRANSPORT[authenticationOf(variant)],
      }
      const rulesOf = (name: string) => {
        const { EventSourceArn, FunctionName, ProvisionedPollerConfig, ...rules } =
          mappingsOf(variant)[name] ?? {}
        return rules
      }

      expect(rulesOf('payment')).toEqual({
        ...common,
        Topics: ['orders'],
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'payment_service' },
      })
      expect(rulesOf('notification')).toEqual({
        ...common,
        Topics: ['order_status'],
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'notification_service' },
      })
    })

    // docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
    it('the pollers are within the bounds, one for each partition at most, and share capacity', () => {
      const groups = Object.values(mappingsOf(variant)).map(({ ProvisionedPollerConfig }) => {
        const { MinimumPollers, MaximumPollers, PollerGroupName } = ProvisionedPollerConfig
        expect(MinimumPollers).toBeGreaterThanOrEqual(1)
        expect(MinimumPollers).toBeLessThanOrEqual(Math.min(200, MaximumPollers))
        expect(MaximumPollers).toBeLessThanOrEqual(3)
        return PollerGroupName
      })

      expect(groups[0]).toEqual(expect.any(String))
      expect(groups[1]).toBe(groups[0])
    })

    it('no function may run longer than who waits for it', () => {
      // An HTTP API gives up after 30 s, a Kafka mapping allows 14 minutes
      // (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html, lambda/latest/dg/with-msk.html).
      expect(functionOf(variant, 'createOrder').Timeout).toBeLessThan(30)
      // They use all of it: trouble is waited out.
      expect(functionOf(variant, 'payment').Timeout).toBe(840)
      expect(functionOf(variant, 'notification').Timeout).toBe(840)
      const { ServiceTimeout } = propertiesOf(evaluatedTemplateOf(variant), 'BootstrapBrokers')
      expect(functionOf(variant, 'bootstrapBrokers').Timeout).toBeLessThan(ServiceTimeout)
    })

    it('POST /orders leads to createOrder, and only so many requests a second', () => {
      const { route, integration, stage } = apiOf(variant)

      expect(route).toMatchObject({
        RouteKey: 'POST /orders',
        Target: 'integrations/HttpApiIntegrationCreateOrder',
      })
      expect(integration.IntegrationUri).toMatch(/:function:orders-on-kafka-\w+-createOrder$/)
      const { ThrottlingRateLimit, ThrottlingBurstLimit } = stage.DefaultRouteSettings
      expect(ThrottlingRateLimit).toBeGreaterThan(0)
      expect(ThrottlingBurstLimit).toBeGreaterThanOrEqual(ThrottlingRateLimit)
    })
  })

  it.each(['prod', 'prodSigned'] as const)(
    '%s: createOrder cannot take more environments than the brokers take connections',
    (variant) => {
      const reserved = functionOf(variant, 'createOrder').ReservedConcurrentExecutions

      // With IAM a broker takes 100 new connections a second (docs.aws.amazon.com/msk/latest/developerguide/limits.html).
      expect(reserved).toBeGreaterThan(0)
      expect(reserved).toBeLessThanOrEqual(100)
    },
  )

  it('the authorizer decides who may create orders', () => {
    expect(apiOf('dev').route.AuthorizationType ?? 'NONE').toBe('NONE')
    expect(apiOf('prodSigned').route.AuthorizationType).toBe('AWS_IAM')
    expect(apiOf('prod')).toMatchObject({
      route: { AuthorizationType: 'JWT', AuthorizerId: 'HttpApiAuthorizerCustomers' },
      authorizer: {
        AuthorizerType: 'JWT',
        JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['orders'] },
      },
    })
  })

  it.each(OWN_CLUSTER)(
    "%s: a mapping begins when its topics and the brokers' rule for pollers are there",
    (variant) => {
      for (const name of ['payment', 'notification'] as const) {
        const lambda = resourceOf(evaluatedTemplateOf(variant), idOf(name, 'LambdaFunction'))
        expect(lambda.DependsOn).toEqual(
          expect.arrayContaining([
            'BrokersFromThemselves',
            'OrdersTopic',
            'OrderStatusTopic',
            'DeadLettersTopic',
          ]),
        )
      }
    },
  )
})
