import * as z from 'zod'
import { filterProblems } from '../filters/index.ts'
import { destination } from './destination.ts'
import { fromText, isMap, reference, secretArn, text, topicName, trueOrFalse, wholeNumber } from './fields.ts'
import type { DeclaredDestination } from './onFailureTarget.ts'

/** Of an MSK cluster, or of a self-managed one. */
export type EventKind = 'msk' | 'kafka'

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
export function declaredDestination(
  event: Partial<DeclaredEvent>,
): [field: string, destination: DeclaredDestination | undefined] {
  if ('onFailureDestination' in event && event.onFailureDestination !== undefined) {
    return ['onFailureDestination', event.onFailureDestination]
  }
  return ['destinations.onFailure', event.destinations?.onFailure]
}

export const EVENTS = { msk: mskEvent, kafka: kafkaEvent }

/** All that an event may say. */
export const SETTINGS: Readonly<Record<EventKind, readonly string[]>> = {
  msk: Object.keys(mskEvent.shape),
  kafka: Object.keys(kafkaEvent.shape),
}
