import * as z from 'zod'
import { SettingsError } from './errors.ts'
import {
  type AuthenticationSettings,
  AuthenticationSettingsError,
  readAuthentication,
} from './kafka/authentication/index.ts'

const milliseconds = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

/** `host:port[,host:port]` as an array; an empty text counts as not set. */
const brokerList = z
  .string()
  .transform((text) => text.split(',').flatMap((broker) => broker.trim() || []))
  .pipe(z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port[,host:port]')))

/** Every environment variable that the functions read, with its default, but for KAFKA_AUTH and its parts. Times are in milliseconds. */
const environmentSchema = z.object({
  /** Needed by whoever writes to Kafka. */
  KAFKA_BROKERS: brokerList.default([]),
  /** One attempt to reach Kafka; a stalled connection is given up after it and a new one is tried. */
  KAFKA_ATTEMPT_TIMEOUT_MS: milliseconds(100, 60_000).default(1_500),
  /** For all of Kafka's part in a request of createOrder, whatever Kafka does. */
  ORDER_DEADLINE_MS: milliseconds(100, 29_000).default(5_000),
  /** The most that the simulated payment takes; 0 switches its pause off. */
  PAYMENT_MAX_DELAY_MS: milliseconds(0, 60_000).default(2_000),
  /** Records of one batch that are worked on side by side. */
  BATCH_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(50),
  /** Time kept free at the end of an invocation for the one produce call. */
  PRODUCE_RESERVE_MS: milliseconds(100, 60_000).default(5_000),
  /** The longest that trouble is waited out in one invocation; not set, as long as it has time, and 10 s under `invoke local`. */
  PATIENCE_MS: milliseconds(0, 900_000).optional(),
  /** The payment gateway's address; not set, a simulated one takes the money. */
  PAYMENT_GATEWAY_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
  /** One call of the gateway; after it, what became of the charge is not known, and it is asked again. */
  PAYMENT_GATEWAY_TIMEOUT_MS: milliseconds(100, 60_000).default(10_000),
  /** The DynamoDB table of what was done; needed by payment and notification. */
  OUTCOMES_TABLE: z.string().optional(),
  /** How long outcomes are kept: longer than a record can come again from `orders` and then from `dead_letters`. */
  OUTCOMES_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  /** One attempt to reach the table. */
  OUTCOMES_ATTEMPT_TIMEOUT_MS: milliseconds(100, 60_000).default(1_500),
  /** DynamoDB Local instead of AWS; set by `npm start`. */
  DYNAMODB_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
  /** `json` for CloudWatch, `text` for a terminal; not set, text under `serverless offline` and `invoke local`. */
  LOG_FORMAT: z.enum(['json', 'text']).optional(),
  IS_OFFLINE: z.string().optional(),
  IS_LOCAL: z.string().optional(),
})

/** The settings as the functions use them. */
export interface Settings {
  kafka: {
    brokers: string[]
    auth: AuthenticationSettings
    attemptTimeoutMs: number
  }
  orderDeadlineMs: number
  paymentMaxDelayMs: number
  batchConcurrency: number
  produceReserveMs: number
  /** `Infinity`: as long as the invocation has time. */
  patienceMs: number
  gateway: {
    /** Undefined: the simulated one. */
    url: string | undefined
    timeoutMs: number
  }
  outcomes: {
    table: string | undefined
    days: number
    attemptTimeoutMs: number
    /** Undefined: DynamoDB of the Region. */
    endpoint: string | undefined
  }
  logFormat: 'json' | 'text'
  /** True on a developer's machine (`serverless offline`, `invoke local`). */
  local: boolean
}

/**
 * Reads the settings from the environment.
 * @throws SettingsError that names each variable at fault and what it must be
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const parsed = environmentSchema.safeParse(withoutEmpty(environment))
  const auth = authenticationOrFaults(environment)
  if (!parsed.success || Array.isArray(auth)) {
    const faults = (parsed.error?.issues ?? []).map(
      ({ path, message }) =>
        `${String(path[0])} (${JSON.stringify(environment[String(path[0])])}): ${message}`,
    )
    const all = [...faults, ...(Array.isArray(auth) ? auth : [])]
    throw new SettingsError(`Mend these environment variables: ${all.join('; ')}`)
  }
  const values = parsed.data
  const local = values.IS_OFFLINE === 'true' || values.IS_LOCAL === 'true'
  return {
    kafka: {
      brokers: values.KAFKA_BROKERS,
      auth,
      attemptTimeoutMs: values.KAFKA_ATTEMPT_TIMEOUT_MS,
    },
    orderDeadlineMs: values.ORDER_DEADLINE_MS,
    paymentMaxDelayMs: values.PAYMENT_MAX_DELAY_MS,
    batchConcurrency: values.BATCH_CONCURRENCY,
    produceReserveMs: values.PRODUCE_RESERVE_MS,
    // Somebody sits there and waits.
    patienceMs: values.PATIENCE_MS ?? (values.IS_LOCAL === 'true' ? 10_000 : Number.POSITIVE_INFINITY),
    gateway: { url: values.PAYMENT_GATEWAY_URL, timeoutMs: values.PAYMENT_GATEWAY_TIMEOUT_MS },
    outcomes: {
      table: values.OUTCOMES_TABLE,
      days: values.OUTCOMES_DAYS,
      attemptTimeoutMs: values.OUTCOMES_ATTEMPT_TIMEOUT_MS,
      endpoint: values.DYNAMODB_ENDPOINT,
    },
    logFormat: values.LOG_FORMAT ?? (local ? 'text' : 'json'),
    local,
  }
}

function authenticationOrFaults(environment: NodeJS.ProcessEnv): AuthenticationSettings | string[] {
  try {
    return readAuthentication(environment)
  } catch (error) {
    if (error instanceof AuthenticationSettingsError) return [...error.problems]
    throw error
  }
}

/** A variable that is set to nothing counts as not set, as `${env:NAME, ''}` in serverless.yml makes it. */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
}
