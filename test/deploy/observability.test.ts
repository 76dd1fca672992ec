import { beforeAll, describe, expect, it } from '@jest/globals'
import { evaluatedTemplateOf, PACKAGING_TIMEOUT_MS, packageVariants } from './packages.ts'
import { ofType, propertiesOf } from './template/lookUp.ts'
import { EXISTING_CLUSTER, OWN_CLUSTER, stageOf, VARIANT_NAMES, type Variant } from './variants.ts'

interface Alarm {
  Namespace?: string
  MetricName?: string
  Dimensions?: { Name: string; Value: string }[]
  Metrics?: { Expression: string }[]
  AlarmActions: string[]
  TreatMissingData?: string
}

const alarmsOf = (variant: Variant) =>
  [...ofType(evaluatedTemplateOf(variant), 'AWS::CloudWatch::Alarm').values()] as Alarm[]

/** What an alarm watches, in one line: namespace, metric, and of whom. */
const watchedBy = ({ Namespace, MetricName, Dimensions, Metrics }: Alarm): string =>
  Metrics?.map(({ Expression }) => Expression.trim()).join() ??
  `${Namespace} ${MetricName} ${Dimensions?.map(({ Value }) => Value.replace(/^orders-on-kafka-\w+?-/, '')).join(' ')}`

/** What somebody must hear of, on any cluster. */
const WATCHED = [
  'AWS/Lambda OffsetLag payment',
  'AWS/Lambda OffsetLag notification',
  'AWS/Lambda Duration payment',
  'AWS/Lambda Duration notification',
  'AWS/DynamoDB WriteThrottleEvents outcomes',
  'AWS/DynamoDB SystemErrors outcomes UpdateItem',
  'AWS/Lambda Errors createOrder',
  'AWS/Lambda Errors payment',
  'AWS/Lambda Errors notification',
  'AWS/Lambda Throttles createOrder',
  'AWS/Lambda Throttles payment',
  'AWS/Lambda Throttles notification',
  // Dead letters: what the mappings gave up, what they could not even deliver, and what the functions gave up.
  'AWS/Lambda OnFailureDestinationDeliveredEventCount PaymentEventSourceMappingMSKClusterOrders',
  'AWS/Lambda OnFailureDestinationDeliveredEventCount NotificationEventSourceMappingMSKClusterOrderstatus',
  'AWS/Lambda DroppedEventCount PaymentEventSourceMappingMSKClusterOrders',
  'AWS/Lambda DroppedEventCount NotificationEventSourceMappingMSKClusterOrderstatus',
  'OrdersOnKafka DeadLetters payment',
  'OrdersOnKafka DeadLetters notification',
  'AWS/ApiGateway 5xx httpapi',
]

describe('what can be seen of a running system', () => {
  beforeAll(() => packageVariants(), PACKAGING_TIMEOUT_MS)

  it.each(VARIANT_NAMES)('%s: an alarm watches each thing that can go wrong', (variant) => {
    expect(alarmsOf(variant).map(watchedBy)).toEqual(expect.arrayContaining(WATCHED))
  })

  it.each(VARIANT_NAMES)('%s: an invocation that waits raises an alarm before Lambda ends it', (variant) => {
    for (const name of ['Payment', 'Notification']) {
      const template = evaluatedTemplateOf(variant)
      const { Threshold } = propertiesOf(template, `${name}WaitsAlarm`)
      const { Timeout } = propertiesOf(template, `${name}LambdaFunction`)

      expect(Threshold).toBeGreaterThan(200_000)
      expect(Threshold).toBeLessThan((Timeout * 1_000) / 2)
    }
  })

  it.each(OWN_CLUSTER)("%s: alarms watch the cluster's disks and partitions", (variant) => {
    const watched = alarmsOf(variant).map(watchedBy).join('\n')

    for (const metric of ['KafkaDataLogsDiskUsed', 'UnderMinIsrPartitionCount', 'OfflinePartitionsCount']) {
      expect(watched).toContain(metric)
    }
    expect(watched).not.toContain(
      stageOf(variant) === 'prod' ? 'orders-on-kafka-dev' : 'orders-on-kafka-prod',
    )
  })

  it.each(EXISTING_CLUSTER)('%s: no alarm names a cluster of ours', (variant) => {
    expect(alarmsOf(variant).map(watchedBy).join('\n')).not.toMatch(/KafkaDataLogsDiskUsed|OfflinePartitions/)
    expect(JSON.stringify(alarmsOf(variant))).not.toMatch(/"Cluster Name","Value":"orders-on-kafka/)
  })

  it.each(VARIANT_NAMES)(
    '%s: every alarm tells the same topic, and keeps quiet where there is no figure',
    (variant) => {
      const topic = `arn:aws:sns:us-east-1:123456789012:orders-on-kafka-${stageOf(variant)}-alarms`

      for (const alarm of alarmsOf(variant)) {
        expect([watchedBy(alarm), alarm.AlarmActions]).toEqual([watchedBy(alarm), [topic]])
        expect([watchedBy(alarm), alarm.TreatMissingData]).toEqual([watchedBy(alarm), 'notBreaching'])
      }
    },
  )

  it('somebody hears of alarms by e-mail if an address is given', () => {
    const subscriptions = (variant: Variant) =>
      [...ofType(evaluatedTemplateOf(variant), 'AWS::SNS::Subscription').values()].map(
        ({ Endpoint }) => Endpoint,
      )

    expect(subscriptions('prodSigned')).toEqual(['orders@example.com'])
    expect(subscriptions('dev')).toEqual([])
  })

  it.each(VARIANT_NAMES)(
    '%s: alarms and dashboard name functions, mappings and an API that exist',
    (variant) => {
      const template = evaluatedTemplateOf(variant)
      const known: Record<string, string[]> = {
        FunctionName: [...ofType(template, 'AWS::Lambda::Function').values()].map(
          (lambda) => lambda.FunctionName,
        ),
        EventSourceMappingUUID: [...ofType(template, 'AWS::Lambda::EventSourceMapping').keys()],
        ApiId: ['httpapi'],
        TableName: [template.outputs.OutcomesTable as string],
      }
      const dashboard = JSON.parse(propertiesOf(template, 'Dashboard').DashboardBody) as {
        widgets: { properties: { metrics: unknown[][]; region: string } }[]
      }
      const drawn = dashboard.widgets.flatMap(({ properties }) =>
        properties.metrics.map(([, , name, value]) => ({ name: String(name), value: String(value) })),
      )
      const watched = alarmsOf(variant).flatMap(({ Dimensions = [] }) =>
        Dimensions.map(({ Name, Value }) => ({ name: Name, value: Value })),
      )

      const strangers = [...drawn, ...watched].filter(
        ({ name, value }) => known[name]?.includes(value) === false,
      )
      expect(strangers).toEqual([])
      expect(drawn.length).toBeGreaterThan(0)
      for (const { properties } of dashboard.widgets) expect(properties.region).toBe('us-east-1')
    },
  )

  it.each(VARIANT_NAMES)('%s: every log group keeps what is in it for a time, prod for longer', (variant) => {
    const groups = ofType(evaluatedTemplateOf(variant), 'AWS::Logs::LogGroup')
    const days = [...groups.values()].map(({ RetentionInDays }) => RetentionInDays)

    expect(new Set(days)).toEqual(new Set([stageOf(variant) === 'prod' ? 90 : 14]))
  })

  it.each(VARIANT_NAMES)('%s: the API logs its requests', (variant) => {
    const { AccessLogSettings } = propertiesOf(evaluatedTemplateOf(variant), 'HttpApiStage')

    expect(AccessLogSettings.DestinationArn).toContain(
      `log-group:/aws/http-api/orders-on-kafka-${stageOf(variant)}`,
    )
  })
})
