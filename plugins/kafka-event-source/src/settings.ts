import * as z from 'zod'
import type { OnFailureTarget } from './onFailure/failedBatch.ts'

/** A mapping's settings as serverless.yml has them on an `msk` event, with AWS's limits: the one definition of each. */
const mskEvent = z
  .strictObject({
    /** The cluster: an ARN, `Ref` or `Fn::ImportValue`. */
    arn: z.union([z.string(), z.object({ Ref: z.string() }), z.object({ 'Fn::ImportValue': z.string() })]),
    topic: z
      .string()
      .min(1)
      .max(249)
      .regex(/^[\w.-]+$/, 'has characters that no topic can have'),
    /** Records. */
    batchSize: z.int().min(1).max(10_000).default(100),
    /** Seconds; left out, 500 ms, which no number of seconds can say. */
    maximumBatchingWindow: z.int().min(0).max(300).optional(),
    startingPosition: z.enum(['LATEST', 'TRIM_HORIZON', 'AT_TIMESTAMP']).default('TRIM_HORIZON'),
    /** Unix seconds. */
    startingPositionTimestamp: z.number().nonnegative().optional(),
    consumerGroupId: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[a-zA-Z0-9-/*:_+=.@]+$/, 'has characters that AWS refuses')
      .optional(),
    enabled: z.boolean().default(true),
    /** ARN of a secret. For AWS only: a local cluster asks for none. */
    saslScram512: z.unknown().optional(),
    filterPatterns: z.array(z.record(z.string(), z.unknown())).min(1).max(10).optional(),
    functionResponseType: z.literal('ReportBatchItemFailures').optional(),
    provisionedPollerConfig: z
      .strictObject({
        minimumPollers: z.int().min(1).max(200).default(1),
        maximumPollers: z.int().min(1).max(2_000).default(200),
      })
      .refine(({ minimumPollers, maximumPollers }) => minimumPollers <= maximumPollers, {
        path: ['minimumPollers'],
        error: 'is more than maximumPollers',
      })
      .optional(),
  })
  .superRefine((event, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })

    if ((event.startingPosition === 'AT_TIMESTAMP') !== (event.startingPositionTimestamp !== undefined)) {
      refuse('startingPositionTimestamp', 'belongs to startingPosition AT_TIMESTAMP, and it to this')
    }
    if (event.functionResponseType !== undefined && event.provisionedPollerConfig === undefined) {
      refuse('functionResponseType', 'AWS has it in provisioned mode only: set provisionedPollerConfig too')
    }
  })

export type StartingPosition =
  | { readonly at: 'LATEST' }
  | { readonly at: 'TRIM_HORIZON' }
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number }

/** A mapping's settings, complete and valid. */
export type MappingSettings = {
  readonly arn: string | { readonly Ref: string } | { readonly 'Fn::ImportValue': string }
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
  /** Settings that AWS knows and running locally does not obey yet. */
  readonly notObeyed: readonly string[]
}

/** AWS's batching window when the setting is left out. */
const DEFAULT_WINDOW_MS = 500

const NOT_OBEYED_YET = ['filterPatterns'] as const

/**
 * Reads one `msk` event of serverless.yml.
 * @throws {SettingsError} what AWS would refuse, and unknown settings, each with its field
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html
 */
export function mappingSettings(event: unknown): MappingSettings {
  const parsed = mskEvent.safeParse(event)
  if (!parsed.success) throw new SettingsError(parsed.error.issues.flatMap(problems))

  const { data } = parsed
  return {
    arn: data.arn,
    topic: data.topic,
    batchSize: data.batchSize,
    batchingWindowMs:
      data.maximumBatchingWindow === undefined ? DEFAULT_WINDOW_MS : data.maximumBatchingWindow * 1_000,
    startingPosition:
      data.startingPosition === 'AT_TIMESTAMP'
        ? { at: 'AT_TIMESTAMP', timestampMs: Math.round((data.startingPositionTimestamp ?? 0) * 1_000) }
        : { at: data.startingPosition },
    consumerGroupId: data.consumerGroupId,
    enabled: data.enabled,
    reportsFailures: data.functionResponseType !== undefined,
    pollers: data.provisionedPollerConfig && {
      minimum: data.provisionedPollerConfig.minimumPollers,
      maximum: data.provisionedPollerConfig.maximumPollers,
    },
    maximumRetries: Infinity,
    maximumRecordAgeMs: Infinity,
    bisects: false,
    destination: undefined,
    filterPatterns: [],
    notObeyed: NOT_OBEYED_YET.filter((field) => data[field] !== undefined),
  }
}

/** Settings that cannot be used; one line for each problem. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

function problems(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...issue.path, key].join('.')}: is not a setting of a mapping`)
  }
  return [`${issue.path.join('.')}: ${issue.message}`]
}
