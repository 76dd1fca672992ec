import { SettingsError } from './errors.ts'
import {
  type AuthenticationSettings,
  AuthenticationSettingsError,
  readAuthentication,
} from './kafka/authentication/index.ts'
import * as z from './zod.ts'

/**
 * What the text of a variable says, or `absent` where it has none. Its schema is made only for a text: most variables are not set,
 * and to make schemas is what a cold start takes longest for of zod.
 */
const variable =
  <Value, Absent>(schema: () => z.ZodMiniType<Value>, absent: Absent) =>
  (text: string | undefined): z.util.SafeParseResult<Value | Absent> =>
    // Set to nothing counts as not set, as `${env:NAME, ''}` in serverless.yml makes it.
    text ? schema().safeParse(text) : { success: true, data: absent }

const wholeNumber = (least: number, most: number) => () =>
  z.coerce.number().check(z.int(), z.minimum(least), z.maximum(most))

/** `host:port[,host:port]` as an array. */
const brokerList = () =>
  z.pipe(
    z.pipe(
      z.string(),
      z.transform((text) => text.split(',').flatMap((broker) => broker.trim() || [])),
    ),
    z.array(z.string().check(z.regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port[,host:port]'))),
  )

const httpUrl = () => z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' })

/** Every environment variable that the functions read, with its default, but for KAFKA_AUTH and its parts. Times are in milliseconds. */
const VARIABLES = {
  /** Needed by whoever writes to Kafka. */
  KAFKA_BROKERS: variable(brokerList, []),
  /** One attempt to reach Kafka; a stalled connection is given up after it and a new one is tried. */
  KAFKA_ATTEMPT_TIMEOUT_MS: variable(wholeNumber(100, 60_000), 1_500),
  /** For all of Kafka's part in a request of createOrder, whatever Kafka does. */
  ORDER_DEADLINE_MS: variable(wholeNumber(100, 29_000), 5_000),
  /** The most that the simulated payment takes; 0 switches its pause off. */
  PAYMENT_MAX_DELAY_MS: variable(wholeNumber(0, 60_000), 2_000),
  /** Records of one batch that are worked on side by side. */
  BATCH_CONCURRENCY: variable(wholeNumber(1, 1_000), 50),
  /** Time kept free at the end of an invocation for the one produce call. */
  PRODUCE_RESERVE_MS: variable(wholeNumber(100, 60_000), 5_000),
  /** The longest that trouble is waited out in one invocation; not set, as long as it has time, and 10 s under `invoke local`. */
  PATIENCE_MS: variable(wholeNumber(0, 900_000), undefined),
  /** The payment gateway's address; not set, a simulated one takes the money. */
  PAYMENT_GATEWAY_URL: variable(httpUrl, undefined),
  /** One call of the gateway; after it, what became of the charge is not known, and it is asked again. */
  PAYMENT_GATEWAY_TIMEOUT_MS: variable(wholeNumber(100, 60_000), 10_000),
  /** The DynamoDB table of what was done; needed by payment and notification. */
  OUTCOMES_TABLE: variable(z.string, undefined),
  /** How long outcomes are kept: longer than a record can come again from `orders` and then from `dead_letters`. */
  OUTCOMES_DAYS: variable(wholeNumber(1, 3_650), 90),
  /** One attempt to reach the table. */
  OUTCOMES_ATTEMPT_TIMEOUT_MS: variable(wholeNumber(100, 60_000), 1_500),
  /** DynamoDB Local instead of AWS; set by `npm start`. */
  DYNAMODB_ENDPOINT: variable(httpUrl, undefined),
  /** `json` for CloudWatch, `text` for a terminal; not set, text under `serverless offline` and `invoke local`. */
  LOG_FORMAT: variable(() => z.enum(['json', 'text']), undefined),
  IS_OFFLINE: variable(z.string, undefined),
  IS_LOCAL: variable(z.string, undefined),
}

type Variables = typeof VARIABLES

type Values = {
  [Name in keyof Variables]: Extract<ReturnType<Variables[Name]>, { success: true }>['data']
}

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
  const faults: string[] = []
  const values = readValues(environment, faults)
  const auth = readAuth(environment, faults)
  if (values === undefined || auth === undefined) {
    throw new SettingsError(`Mend these environment variables: ${faults.join('; ')}`)
  }
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

function readValues(environment: NodeJS.ProcessEnv, faults: string[]): Values | undefined {
  const values: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(VARIABLES)) {
    const { data, error } = read(environment[name])
    values[name] = data
    for (const { message } of error?.issues ?? []) {
      faults.push(`${name} (${JSON.stringify(environment[name])}): ${message}`)
    }
  }
  return faults.length === 0 ? (values as Values) : undefined
}

function readAuth(environment: NodeJS.ProcessEnv, faults: string[]): AuthenticationSettings | undefined {
  try {
    return readAuthentication(environment)
  } catch (error) {
    if (!(error instanceof AuthenticationSettingsError)) throw error
    faults.push(...error.problems)
    return undefined
  }
}
