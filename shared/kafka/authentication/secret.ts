import { installed } from '../../installed.ts'
import { AuthenticationFailure } from './errors.ts'

/** A secret of Secrets Manager with its fields. */
export interface Secret {
  /** @throws {AuthenticationFailure} Secrets Manager does not give it, or it lacks one of the fields */
  fields(signal: AbortSignal): Promise<Readonly<Record<string, string | undefined>>>
  /** It may have been rotated: the next call asks again. */
  forget(): void
}

/** Answers GetSecretValue (docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html). */
export type AskForSecret = (arn: string, signal: AbortSignal) => Promise<string | undefined>

/** The secret behind `arn` (KAFKA_SECRET_ARN): a JSON object with the `required` fields. Kept once it is known; a failure is not. */
export function openSecret(
  arn: string,
  required: readonly string[],
  ask: AskForSecret = askSecretsManager,
): Secret {
  let kept: Record<string, string | undefined> | undefined
  return {
    async fields(signal) {
      kept ??= parse(await answer(ask, arn, signal), arn, required)
      return kept
    },
    forget() {
      kept = undefined
    },
  }
}

async function answer(ask: AskForSecret, arn: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await ask(arn, signal)
  } catch (cause) {
    throw new AuthenticationFailure(
      `KAFKA_SECRET_ARN: Secrets Manager does not give ${arn}: ${(cause as Error).name}: ${(cause as Error).message}`,
      { cause },
    )
  }
}

/** Nothing of its text is told: an error of JSON.parse, for instance, quotes it. */
function parse(
  text: string | undefined,
  arn: string,
  required: readonly string[],
): Record<string, string | undefined> {
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
