import { type Deadline, deadlineIn, remainingMs } from '../../deadline.ts'
import { installed } from '../../installed.ts'
import { onOneLine } from '../../text.ts'
import { AuthenticationFailure } from './errors.ts'
import { answered, SOURCE_DEADLINE_MS, untilAborted } from './sharedWait.ts'

type Fields = Readonly<Record<string, string | undefined>>

/** A secret of Secrets Manager with its fields. */
export interface Secret {
  /**
   * @param signal ends the waiting, and not the question, which all that ask share
   * @throws {AuthenticationFailure} Secrets Manager does not give it, or it lacks one of the fields
   * @throws {AuthenticationLate} the signal came first
   */
  fields(signal: AbortSignal): Promise<Fields>
  /** It may have been rotated: the next call asks again. */
  forget(): void
  /** What to say when it does not come in time. */
  readonly late: string
}

/** Answers GetSecretValue (docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html). */
export type AskForSecret = (arn: string, signal: AbortSignal) => Promise<string | undefined>

/**
 * The secret behind `arn` (KAFKA_SECRET_ARN): a JSON object with the `required` fields. Kept once it is known; a failure is not.
 * @param deadlineMs for one question, in milliseconds
 */
export function openSecret(
  arn: string,
  required: readonly string[],
  ask: AskForSecret = askSecretsManager,
  deadlineMs = SOURCE_DEADLINE_MS,
): Secret {
  const late = `Secrets Manager did not give the secret ${arn} in time: is there a way to it from the subnets?`
  let kept: Fields | undefined
  let asking: { readonly fields: Promise<Fields>; readonly deadline: Deadline } | undefined

  async function question(): Promise<Fields> {
    return parse(await answered((signal) => answer(ask, arn, signal), late, deadlineMs), arn, required)
  }

  function start(): NonNullable<typeof asking> {
    const begun = { fields: question(), deadline: deadlineIn(deadlineMs) }
    const ended = (fields?: Fields) => {
      // Another was begun when the secret was forgotten meanwhile: this answer may be the older one.
      if (asking !== begun) return
      asking = undefined
      kept = fields
    }
    begun.fields.then(ended, () => ended())
    return begun
  }

  return {
    late,
    async fields(signal) {
      if (kept !== undefined) return kept
      // Timers stand still in a frozen environment, and a question from before gets no answer.
      if (asking === undefined || remainingMs(asking.deadline) === 0) asking = start()
      return untilAborted(asking.fields, signal, late)
    },
    forget() {
      kept = undefined
      asking = undefined
    },
  }
}

async function answer(ask: AskForSecret, arn: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await ask(arn, signal)
  } catch (cause) {
    const lasting = LASTING.get((cause as Error).name)
    throw new AuthenticationFailure(
      `KAFKA_SECRET_ARN: Secrets Manager does not give ${arn}: ${reasonOf(cause as ServiceError)}${lasting ?? ''}`,
      { cause, mayPass: lasting === undefined },
    )
  }
}

/** Errors of GetSecretValue that somebody has to mend, with what is needed. */
const LASTING = new Map([
  [
    'AccessDeniedException',
    '; the right secretsmanager:GetSecretValue is needed, and kms:Decrypt for the key of the secret',
  ],
  ['ResourceNotFoundException', ''],
])

type ServiceError = Error & { readonly $metadata?: { readonly httpStatusCode?: number } }

/** On one line. Of an answer that is not the service's own, the SDK tells how to debug it. */
function reasonOf({ name, message, $metadata }: ServiceError): string {
  const status = $metadata?.httpStatusCode
  if (status !== undefined && name === 'SyntaxError') return `HTTP status ${status} without JSON`
  if (status !== undefined && name === 'Unknown') return `HTTP status ${status}`
  return onOneLine(name === 'Error' ? message : `${name}: ${message}`)
}

/** Nothing of its text is told: an error of JSON.parse, for instance, quotes it. */
function parse(text: string | undefined, arn: string, required: readonly string[]): Fields {
  let fields: unknown
  try {
    fields = JSON.parse(text ?? '')
  } catch {
    // Refused below.
  }
  const entries = Object.entries(typeof fields === 'object' && fields !== null ? fields : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  )
  const texts = Object.fromEntries(entries)
  const absent = required.filter((name) => texts[name] === undefined)
  if (absent.length === 0) return texts
  throw new AuthenticationFailure(
    `KAFKA_SECRET_ARN: ${arn} must be a JSON object with the texts ${required.join(' and ')}, and lacks ${absent.join(' and ')}`,
  )
}

/** The SDK is loaded here and not above: most ways to authenticate do without it. The Region is that of the secret. */
async function askSecretsManager(arn: string, signal: AbortSignal): Promise<string | undefined> {
  const { SecretsManagerClient, GetSecretValueCommand } = await installed(
    '@aws-sdk/client-secrets-manager',
    () => import('@aws-sdk/client-secrets-manager'),
  )
  signal.throwIfAborted()
  const client = new SecretsManagerClient({ region: arn.split(':')[3] ?? '' })
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }), {
      abortSignal: signal,
    })
    return SecretString
  } finally {
    client.destroy()
  }
}
