import * as z from 'zod'
import { filterProblems } from '../filters/index.ts'
import type { OnFailureTarget } from '../onFailure/failedBatch.ts'
import { type DeclaredDestination, onFailureTarget } from './onFailureTarget.ts'
import type { Resources } from './resources.ts'
import { causes, reportedProblems, SettingsError, wording } from './settingsError.ts'

/** Of an MSK cluster, or of a self-managed one. */
export type EventKind = 'msk' | 'kafka'

/** A whole number; one text for all that can be wrong with it. */
const wholeNumber = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`
  return z.preprocess(fromText, z.int(error).min(least, error).max(most, error))
}

const trueOrFalse = () => z.preprocess(fromText, z.boolean())

/** Variables such as `${env:RETRIES}` are text. Serverless reads them so for the settings that it knows. */
function fromText(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
}

const text = (longest: number, form: RegExp, error: string) =>
  z.string().max(longest, `must have ${longest} characters at most`).regex(form, `must be ${error}`)

// Of two characters at least, says AWS.
const topicName = text(
  249,
  /^[\w-][\w.-]+$/,
  'two or more letters, digits, dots, hyphens and underscores, without a dot in front',
)

const reference = z.custom<Readonly<Record<string, unknown>>>(isReference)

const secretArn = text(
  200,
  /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d+:secret:[\w/+=.@-]+$/,
  'the ARN of a secret in Secrets Manager',
)

/** Named outright, or by a reference that the deployment resolves; an empty text, as a variable may give it, counts as left out. */
const secretOfMsk = z.preprocess(
  (value) => (value === '' ? undefined : value),
  z
    .union([secretArn, reference], 'must be the ARN of a secret in Secrets Manager, or a reference to one')
    .optional(),
)

const secrets = z.array(secretArn).min(1, 'must name one at least').optional()

const RECORD_AGE = 'must be -1 or a whole number from 60 to 604800'
const CLUSTER_ARN = 'the ARN of an MSK cluster, a Ref or an Fn::ImportValue'

const metric = z.enum(['EventCount', 'ErrorCount', 'KafkaMetrics'])

/** An SQS queue, an SNS topic or an S3 bucket. */
const DESTINATION_ARN =
  /^arn:aws[\w-]*:(?:(sqs|sns):[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?|(s3):::[a-z0-9][a-z0-9.-]+)$/
const KAFKA_DESTINATION = 'kafka://'
const NO_DESTINATION =
  'must be the ARN of an SQS queue, an SNS topic or an S3 bucket, kafka://<topic>, a reference such as Fn::GetAtt, or { arn, type }'

const resourceDestination = z.strictObject({
  arn: z.union([z.string(), reference], 'must be an ARN or a reference to one'),
  type: z.enum(['sqs', 'sns', 's3']).optional(),
})

/** As the `stream` event of Serverless has it, with S3 and Kafka topics too. */
const destination = z
  .union([z.string(), z.record(z.string(), z.unknown())], NO_DESTINATION)
  .transform((value, context): DeclaredDestination => {
    const refuse = (message: string, path: PropertyKey[] = []) => {
      context.addIssue({ code: 'custom', path, message })
      return z.NEVER
    }
    if (typeof value === 'string' && value.startsWith(KAFKA_DESTINATION)) {
      const topic = value.slice(KAFKA_DESTINATION.length)
      // CloudFormation wants 12 characters in all.
      if (topic.length < 4)
        return refuse('must name a topic of four characters at least, says CloudFormation')
      const { error } = topicName.safeParse(topic)
      return error === undefined
        ? { type: 'kafka', topic }
        : refuse(`its topic ${error.issues[0]?.message ?? ''}`)
    }

    const declared = resourceDestination.safeParse(
      typeof value === 'string' || isReference(value) ? { arn: value } : value,
      { error: wording },
    )
    if (!declared.success) {
      for (const { path, message } of causes(declared.error)) refuse(message, path)
      return z.NEVER
    }
    const { arn, type } = declared.data
    if (typeof arn !== 'string') return { type, arn }
    const [, queueOrTopic, bucket] = DESTINATION_ARN.exec(arn) ?? []
    const known = (queueOrTopic ?? bucket) as 'sqs' | 'sns' | 's3' | undefined
    if (known === undefined || arn.length > 350) return refuse(NO_DESTINATION)
    if (type !== undefined && type !== known) return refuse(`is ${known} by its ARN`, ['type'])
    return { type: known, arn }
  })

/** On both kinds of event, known to Serverless. */
const common = {
  topic: topicName,
  /** Records. */
  batchSize: wholeNumber(1, 10_000).default(100),
  /** Seconds; left out, 500 ms, which no number of seconds can say. */
  maximumBatchingWindow: wholeNumber(0, 300).optional(),
  startingPosition: z.enum(['LATEST', 'TRIM_HORIZON', 'AT_TIMESTAMP']).default('TRIM_HORIZON'),
  /** Unix seconds. */
  startingPositionTimestamp: z
    .number()
    .nonnegative('must be Unix seconds')
    .refine((seconds) => seconds * 1_000 <= Date.now(), 'must not be in the future; it is in Unix seconds')
    .optional(),
  consumerGroupId: text(200, /^[a-zA-Z0-9-/*:_+=.@]+$/, 'letters, digits and -/*:_+=.@').optional(),
  enabled: trueOrFalse().default(true),
  filterPatterns: z
    .custom<readonly Readonly<Record<string, unknown>>[]>()
    .superRefine((patterns, context) => {
      for (const problem of filterProblems(patterns)) {
        const [field = '', message = ''] = problem.split(/: (.*)/s)
        context.addIssue({ code: 'custom', path: field.split('.').slice(1), message })
      }
    })
    .optional(),
  provisionedPollerConfig: z
    .strictObject({
      minimumPollers: wholeNumber(1, 200).default(1),
      maximumPollers: wholeNumber(1, 2_000).default(200),
      pollerGroupName: text(128, /^[\w-]+$/, 'letters, digits, hyphens and underscores').optional(),
    })
    .refine(({ minimumPollers, maximumPollers }) => minimumPollers <= maximumPollers, {
      path: ['minimumPollers'],
      error: 'must not be more than maximumPollers',
    })
    .optional(),
}

/** On both kinds of event, not known to Serverless. */
const beyondServerless = {
  maximumRetryAttempts: wholeNumber(-1, 10_000).optional(),
  maximumRecordAgeInSeconds: z
    .preprocess(
      fromText,
      z.int(RECORD_AGE).refine((age) => age === -1 || (age >= 60 && age <= 604_800), RECORD_AGE),
    )
    .optional(),
  bisectBatchOnFunctionError: trueOrFalse().optional(),
  functionResponseType: z.literal('ReportBatchItemFailures').optional(),
  destinations: z.strictObject({ onFailure: destination }).optional(),
  metricsConfig: z
    .strictObject({
      metrics: z
        .array(metric)
        .refine((metrics) => new Set(metrics).size === metrics.length, 'must name each metric once'),
    })
    .optional(),
  loggingConfig: z.strictObject({ systemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']) }).optional(),
}

/**
 * The settings that Serverless itself does not know, or not as AWS has them: osls has other limits for pollers, and version 4 of
 * the Serverless Framework has none of them.
 */
export const KEYS_BEYOND_SERVERLESS: Readonly<Record<EventKind, readonly string[]>> = {
  msk: [
    ...Object.keys(beyondServerless),
    'provisionedPollerConfig',
    'saslScram512',
    'clientCertificateTlsAuth',
  ],
  kafka: [...Object.keys(beyondServerless), 'provisionedPollerConfig'],
}

/** What only AWS makes something of: running locally, KAFKA_BROKERS and KAFKA_AUTH say how to get at the cluster. */
export const FOR_AWS_ONLY: readonly string[] = [
  'bootstrapServers',
  'accessConfigurations',
  'saslScram512',
  'clientCertificateTlsAuth',
  'metricsConfig',
  'loggingConfig',
  'provisionedPollerConfig.pollerGroupName',
]

/** See https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html and …/esm-logging.html */
const PROVISIONED_ONLY = [
  'maximumRetryAttempts',
  'maximumRecordAgeInSeconds',
  'bisectBatchOnFunctionError',
  'functionResponseType',
  'loggingConfig',
] as const

const IN_PROVISIONED_MODE_ONLY = 'AWS has it in provisioned mode only: set provisionedPollerConfig too'

const mskEvent = betweenFields(
  z.strictObject({
    ...common,
    ...beyondServerless,
    /** A cluster, or the connection that leads to one of another account. */
    arn: z.union(
      [
        text(
          1_024,
          /^arn:aws[\w-]*:kafka:[a-z0-9-]+:\d{12}:(cluster|vpc-connection)(\/[^/]+){2,3}$/,
          CLUSTER_ARN,
        ),
        z.strictObject({ Ref: z.string() }),
        z.strictObject({ 'Fn::ImportValue': z.string() }),
      ],
      `must be ${CLUSTER_ARN}`,
    ),
    saslScram512: secretOfMsk,
    clientCertificateTlsAuth: secretOfMsk,
  }),
)

const kafkaEvent = betweenFields(
  z.strictObject({
    ...common,
    ...beyondServerless,
    /** What Serverless itself calls `destinations.onFailure` on this event. */
    onFailureDestination: destination.optional(),
    bootstrapServers: z
      .array(text(300, /^[a-zA-Z0-9][a-zA-Z0-9.-]*:\d{1,5}$/, 'host:port'))
      .min(1, 'must have one server at least')
      .max(10, 'must have 10 servers at most')
      .refine((servers) => new Set(servers).size === servers.length, 'must name each server once'),
    accessConfigurations: z
      .strictObject({
        vpcSubnet: z
          .array(text(200, /^subnet-[a-z0-9]+$/, 'the id of a subnet'))
          .min(1)
          .optional(),
        vpcSecurityGroup: z
          .array(text(200, /^sg-[a-z0-9]+$/, 'the id of a security group'))
          .min(1)
          .optional(),
        saslPlainAuth: secrets,
        saslScram256Auth: secrets,
        saslScram512Auth: secrets,
        clientCertificateTlsAuth: secrets,
        serverRootCaCertificate: secrets,
      })
      .refine((access) => Object.keys(access).length > 0, 'must have one key at least')
      .refine(
        ({ vpcSubnet, vpcSecurityGroup }) => (vpcSubnet === undefined) === (vpcSecurityGroup === undefined),
        {
          path: ['vpcSubnet'],
          error: 'goes with vpcSecurityGroup, and it with this',
        },
      ),
  }),
)

/** An event as serverless.yml has it, valid, with AWS's defaults. */
export type DeclaredEvent = z.output<typeof mskEvent> | z.output<typeof kafkaEvent>

export type StartingPosition =
  | { readonly at: 'LATEST' }
  | { readonly at: 'TRIM_HORIZON' }
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number }

/** A mapping's settings, complete and valid. */
export type MappingSettings = {
  readonly event: EventKind
  /** Of the cluster; a self-managed one has none. */
  readonly arn: string | { readonly Ref: string } | { readonly 'Fn::ImportValue': string } | undefined
  readonly topic: string
  /** Records in one invocation. */
  readonly batchSize: number
  readonly batchingWindowMs: number
  readonly startingPosition: StartingPosition
  readonly consumerGroupId: string | undefined
  readonly enabled: boolean
  /** FunctionResponseTypes: ReportBatchItemFailures. */
  readonly reportsFailures: boolean
  /** Provisioned mode; `undefined`: on-demand mode. */
  readonly pollers: { readonly minimum: number; readonly maximum: number } | undefined
  /** After the first invocation; Infinity: endless. With an on-failure destination, endless means 10. */
  readonly maximumRetries: number
  /** Counted from the record's timestamp; Infinity: endless. */
  readonly maximumRecordAgeMs: number
  /** BisectBatchOnFunctionError. */
  readonly bisects: boolean
  readonly destination: OnFailureTarget | undefined
  /** Event Ruler patterns, of which one must match; none: every record is delivered. */
  readonly filterPatterns: readonly Readonly<Record<string, unknown>>[]
}

/** AWS's batching window when the setting is left out. */
const DEFAULT_WINDOW_MS = 500
/** What endless retries come to when there is an on-failure destination. */
const RETRIES_BEFORE_DESTINATION = 10

/**
 * Reads one `msk` or `kafka` event of serverless.yml. A key without a value counts as left out, as it does to Serverless.
 * @param resources the service's own, by logical id: they tell what a destination's reference refers to
 * @throws {SettingsError} what AWS would refuse, and unknown settings, each with its field
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export function readEvent(
  event: EventKind,
  settings: unknown,
  resources: Resources = {},
): { readonly declared: DeclaredEvent; readonly settings: MappingSettings } {
  const parsed = EVENTS[event].safeParse(withoutEmpty(settings), { error: wording })
  if (!parsed.success) throw new SettingsError(reportedProblems(parsed.error))

  const declared: DeclaredEvent = parsed.data
  const [field, onFailure] = declaredDestination(declared)
  const target = onFailure && onFailureTarget(onFailure, resources)
  if (typeof target === 'string') throw new SettingsError([`${field}: ${target}`])
  return { declared, settings: mappingSettings(event, declared, target) }
}

function mappingSettings(
  event: EventKind,
  declared: DeclaredEvent,
  target: OnFailureTarget | undefined,
): MappingSettings {
  const { maximumRetryAttempts: retries = -1, maximumRecordAgeInSeconds: age = -1 } = declared
  const pollers = declared.provisionedPollerConfig
  return {
    event,
    arn: 'arn' in declared ? declared.arn : undefined,
    topic: declared.topic,
    batchSize: declared.batchSize,
    batchingWindowMs:
      declared.maximumBatchingWindow === undefined
        ? DEFAULT_WINDOW_MS
        : declared.maximumBatchingWindow * 1_000,
    startingPosition:
      declared.startingPosition === 'AT_TIMESTAMP'
        ? { at: 'AT_TIMESTAMP', timestampMs: Math.round((declared.startingPositionTimestamp ?? 0) * 1_000) }
        : { at: declared.startingPosition },
    consumerGroupId: declared.consumerGroupId,
    enabled: declared.enabled,
    reportsFailures: declared.functionResponseType !== undefined,
    pollers: pollers && { minimum: pollers.minimumPollers, maximum: pollers.maximumPollers },
    maximumRetries: retries >= 0 ? retries : target === undefined ? Infinity : RETRIES_BEFORE_DESTINATION,
    maximumRecordAgeMs: age >= 0 ? age * 1_000 : Infinity,
    bisects: declared.bisectBatchOnFunctionError === true,
    destination: target,
    filterPatterns: declared.filterPatterns ?? [],
  }
}

/** Rules between the fields, tried whatever else is wrong, so that all problems are told at once. */
function betweenFields<Event extends z.ZodType>(event: Event): Event {
  return event.superRefine(
    (value, context) => {
      const fields = value as Partial<DeclaredEvent>
      const refuse = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: path.split('.'), message })

      if (fields.startingPosition === 'AT_TIMESTAMP' && fields.startingPositionTimestamp === undefined) {
        refuse('startingPositionTimestamp', 'is missing, startingPosition AT_TIMESTAMP needs it')
      }
      if (fields.startingPosition !== 'AT_TIMESTAMP' && fields.startingPositionTimestamp !== undefined) {
        refuse('startingPositionTimestamp', 'goes with startingPosition AT_TIMESTAMP only')
      }
      if (fields.provisionedPollerConfig === undefined) {
        for (const field of PROVISIONED_ONLY) {
          if (fields[field] !== undefined) refuse(field, IN_PROVISIONED_MODE_ONLY)
        }
      }

      const [field, onFailure] = declaredDestination(fields)
      if (onFailure?.type === 'kafka') {
        if (fields.provisionedPollerConfig === undefined) refuse(field, IN_PROVISIONED_MODE_ONLY)
        // See https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
        if (onFailure.topic === fields.topic) refuse(field, "must not be the event's own topic")
      }
      if (
        'arn' in fields &&
        fields.saslScram512 !== undefined &&
        fields.clientCertificateTlsAuth !== undefined
      ) {
        refuse('clientCertificateTlsAuth', 'a mapping authenticates in one way: set this or saslScram512')
      }
      if ('onFailureDestination' in fields && fields.destinations !== undefined) {
        refuse('onFailureDestination', 'says the same as destinations.onFailure: set one of them')
      }
    },
    { when: ({ value }) => isMap(value) },
  )
}

/** The destination and the field that names it. */
function declaredDestination(
  event: Partial<DeclaredEvent>,
): [field: string, destination: DeclaredDestination | undefined] {
  if ('onFailureDestination' in event && event.onFailureDestination !== undefined) {
    return ['onFailureDestination', event.onFailureDestination]
  }
  return ['destinations.onFailure', event.destinations?.onFailure]
}

const EVENTS = { msk: mskEvent, kafka: kafkaEvent }

/** All that an event may say. */
export const SETTINGS: Readonly<Record<EventKind, readonly string[]>> = {
  msk: Object.keys(mskEvent.shape),
  kafka: Object.keys(kafkaEvent.shape),
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `Ref`, `Fn::GetAtt` and the like: a map of one key. */
function isReference(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isMap(value)) return false
  const [name, another] = Object.keys(value)
  return another === undefined && (name === 'Ref' || name?.startsWith('Fn::') === true)
}

const withoutEmpty = (settings: unknown): unknown =>
  isMap(settings)
    ? Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
    : settings
