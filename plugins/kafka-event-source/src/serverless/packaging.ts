import type { ArnOrReference, OnFailureTarget } from '../onFailure/failedBatch.ts'
import { type EventKind, KEYS_BEYOND_SERVERLESS } from '../settings/events.ts'
import { mappingDefinitions } from '../settings/mappingDefinitions.ts'
import { pluginSettings, pluginSettingsSchema } from '../settings/pluginSettings.ts'
import type { ConfigSchema, MappingDefinition, ServerlessLike, TemplateResource } from './serverless.ts'

/** Teaches Serverless the keys that it does not know. What their values may be is said in `events.ts` alone. */
export function defineConfiguration({ configSchemaHandler }: ServerlessLike): void {
  for (const kind of ['msk', 'kafka'] as const) {
    const known = eventProperties(configSchemaHandler.schema, kind)
    for (const key of KEYS_BEYOND_SERVERLESS[kind]) delete known[key]
    const properties = Object.fromEntries(KEYS_BEYOND_SERVERLESS[kind].map((key) => [key, {}]))
    configSchemaHandler.defineFunctionEventProperties('aws', kind, { properties })
  }
  configSchemaHandler.defineCustomProperties({ properties: { kafkaEventSource: pluginSettingsSchema() } })
}

/** What Serverless itself says of an event's keys: it takes no second word on them, so the first is to go. */
function eventProperties({ properties }: ConfigSchema, kind: EventKind): Record<string, unknown> {
  const [functions] = Object.values(properties.functions.patternProperties)
  const event = functions?.properties.events.items.anyOf.find(({ required }) => required[0] === kind)
  return event?.properties[kind]?.properties ?? {}
}

/**
 * Every mapping of the service, when nothing is wrong with any, nor with the settings of the plugin.
 * @throws {SettingsError} what AWS would refuse, and unknown settings, each with its field
 */
export function checkSettings(serverless: ServerlessLike): MappingDefinition[] {
  pluginSettings(serverless.service.custom?.kafkaEventSource)
  return mappingDefinitions(serverless)
}

/**
 * Writes into each mapping of the template what Serverless leaves out, and gives its own role, if there is one, the
 * permissions that go with it.
 * @throws {SettingsError} as `checkSettings`
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
export function completeTemplate(serverless: ServerlessLike): void {
  const resources = serverless.service.provider.compiledCloudFormationTemplate?.Resources ?? {}
  const definitions = checkSettings(serverless)

  for (const definition of definitions) {
    const mapping = resources[definition.logicalId]
    if (mapping === undefined) throw new Error(`The template has no mapping ${definition.logicalId}`)
    // Serverless writes an empty one, too.
    if (definition.settings.event === 'msk') delete mapping.Properties.SourceAccessConfigurations
    Object.assign(mapping.Properties, mappingProperties(definition))
  }
  grant(resources.IamRoleLambdaExecution, definitions.flatMap(statements))
}

/** The properties that Serverless does not write, or not rightly. */
function mappingProperties({
  declared,
  settings,
}: Pick<MappingDefinition, 'declared' | 'settings'>): Record<string, unknown> {
  const pollers = declared.provisionedPollerConfig
  const access = mskAccess(declared)
  const properties = {
    SourceAccessConfigurations: access && [access],
    // Serverless drops 0 as if it were left out, and left out means 500 ms.
    MaximumBatchingWindowInSeconds: declared.maximumBatchingWindow,
    MaximumRetryAttempts: declared.maximumRetryAttempts,
    MaximumRecordAgeInSeconds: declared.maximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: declared.bisectBatchOnFunctionError,
    FunctionResponseTypes: declared.functionResponseType && [declared.functionResponseType],
    DestinationConfig: settings.destination && {
      OnFailure: { Destination: destinationName(settings.destination) },
    },
    // In full, as an empty one could be read as on-demand mode; Serverless writes such a one.
    ProvisionedPollerConfig: pollers && {
      MinimumPollers: pollers.minimumPollers,
      MaximumPollers: pollers.maximumPollers,
      ...(pollers.pollerGroupName !== undefined && { PollerGroupName: pollers.pollerGroupName }),
    },
    MetricsConfig: declared.metricsConfig && { Metrics: declared.metricsConfig.metrics },
    LoggingConfig: declared.loggingConfig && { SystemLogLevel: declared.loggingConfig.systemLogLevel },
  }
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
}

/**
 * Undefined for IAM, and for clusters that want none.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_SourceAccessConfiguration.html
 */
function mskAccess(declared: MappingDefinition['declared']): { Type: string; URI: unknown } | undefined {
  if (!('arn' in declared)) return undefined
  const { saslScram512, clientCertificateTlsAuth } = declared
  if (saslScram512 !== undefined) return { Type: 'SASL_SCRAM_512_AUTH', URI: saslScram512 }
  if (clientCertificateTlsAuth === undefined) return undefined
  return { Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: clientCertificateTlsAuth }
}

const destinationName = (target: OnFailureTarget) =>
  target.type === 'kafka' ? `kafka://${target.topic}` : target.arn

type ClusterArn = NonNullable<MappingDefinition['settings']['arn']>

type Statement = { Effect: 'Allow'; Action: string[]; Resource: unknown }

const allow = (Action: string[], Resource: unknown): Statement => ({ Effect: 'Allow', Action, Resource })

/**
 * What the function's role needs beyond what Serverless gives it.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
 */
function statements({ declared, settings: { arn, destination } }: MappingDefinition): Statement[] {
  const access = mskAccess(declared)
  return [
    ...clusterStatements(arn),
    // Serverless does so for the secrets of `kafka` events only.
    ...(access === undefined ? [] : [allow(['secretsmanager:GetSecretValue'], access.URI)]),
    ...destinationStatements(destination, arn),
  ]
}

/** Serverless allows `kafka:DescribeCluster` alone: a serverless cluster answers V2 only, and that of another account has a connection. */
function clusterStatements(arn: ClusterArn | undefined): Statement[] {
  if (arn === undefined) return []
  const ofAnotherAccount = typeof arn === 'string' && arn.includes(':vpc-connection/')
  return [
    allow(['kafka:DescribeClusterV2', ...(ofAnotherAccount ? ['kafka:DescribeVpcConnection'] : [])], arn),
  ]
}

function destinationStatements(
  destination: OnFailureTarget | undefined,
  cluster: ClusterArn | undefined,
): Statement[] {
  switch (destination?.type) {
    case 'sqs':
      return [allow(['sqs:SendMessage'], destination.arn)]
    case 'sns':
      return [allow(['sns:Publish'], destination.arn)]
    case 's3':
      return [allow(['s3:ListBucket'], destination.arn), allow(['s3:PutObject'], objectsOf(destination.arn))]
    case 'kafka': {
      const topic = topicArn(cluster, destination.topic)
      return topic === undefined ? [] : [allow(['kafka-cluster:WriteData'], topic)]
    }
    default:
      return []
  }
}

const objectsOf = (bucket: ArnOrReference): unknown =>
  typeof bucket === 'string' ? `${bucket}/*` : { 'Fn::Join': ['/', [bucket, '*']] }

/**
 * `…:cluster/<name>/<uuid>` becomes `…:topic/<name>/<uuid>/<topic>`, also of an ARN that only the deployment knows.
 * A self-managed cluster has no topic ARNs, and a connection to one of another account does not tell them.
 */
function topicArn(cluster: ClusterArn | undefined, topic: string): unknown {
  if (cluster === undefined) return undefined
  if (typeof cluster !== 'string') {
    const withoutTopic = { 'Fn::Join': [':topic/', { 'Fn::Split': [':cluster/', cluster] }] }
    return { 'Fn::Join': ['/', [withoutTopic, topic]] }
  }
  return cluster.includes(':cluster/') ? `${cluster.replace(':cluster/', ':topic/')}/${topic}` : undefined
}

/** Only the role that Serverless makes for all functions: one that the service brings is its owner's. */
function grant(role: TemplateResource | undefined, needed: readonly Statement[]): void {
  const [policy] = (role?.Properties.Policies ?? []) as { PolicyDocument: { Statement: object[] } }[]
  const granted = new Map(needed.map((statement) => [JSON.stringify(statement), statement]))
  policy?.PolicyDocument.Statement.push(...granted.values())
}
