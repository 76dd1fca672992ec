import type { OnFailureTarget } from '../onFailure/failedBatch.ts'
import { type DeclaredEvent, declaredDestination, EVENTS, type EventKind } from './events.ts'
import { isMap } from './fields.ts'
import { onFailureTarget } from './onFailureTarget.ts'
import type { Resources } from './resources.ts'
import { reportedProblems, SettingsError, wording } from './settingsError.ts'

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

const withoutEmpty = (settings: unknown): unknown =>
  isMap(settings)
    ? Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
    : settings
