import { installed } from '../../installed.ts'
import { AuthenticationFailure } from './errors.ts'
import type { Token } from './keptToken.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type CredentialsProvider = () => Promise<Credentials>

/**
 * A presigned `kafka-cluster:Connect`, which MSK takes as an OAUTHBEARER token for 15 minutes, or as long as the credentials last.
 * @throws {AuthenticationFailure} there are no credentials, or they have expired
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/configure-clients-for-iam-access-control.html
 */
export async function signIamToken(region: string, provider: CredentialsProvider): Promise<Token> {
  const { generateAuthTokenFromCredentialsProvider: generate } = await installed(
    'aws-msk-iam-sasl-signer-js',
    () => import('aws-msk-iam-sasl-signer-js'),
  )
  const awsCredentialsProvider = async () => inWholeSeconds(await unexpired(provider))
  for (;;) {
    const token = await generate({ region, awsCredentialsProvider })
    // A fraction of a second is left when the clock moves on between two looks of the signer at it.
    if (token.expiryTime % 1_000 === 0) return token
  }
}

/**
 * The one provider of this process: it knows when its credentials end, and gets new ones before. One made anew for each token
 * would ask its source each time; credentials without a provider would be used for ever.
 */
export function processCredentials(): Promise<CredentialsProvider> {
  shared ??= installed('@aws-sdk/credential-provider-node', async () => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
    return defaultProvider()
  })
  return shared
}

let shared: Promise<CredentialsProvider> | undefined

async function unexpired(provider: CredentialsProvider): Promise<Credentials> {
  let credentials: Credentials
  try {
    credentials = await provider()
  } catch (cause) {
    throw new AuthenticationFailure(
      `KAFKA_AUTH=iam: there are no AWS credentials to sign with: ${(cause as Error).message}`,
      { cause, mayPass: true },
    )
  }
  const { expiration } = credentials
  if (expiration === undefined || expiration.getTime() > Date.now()) return credentials
  throw new AuthenticationFailure(
    `KAFKA_AUTH=iam: the AWS credentials expired at ${expiration.toISOString()}; get new ones`,
  )
}

/**
 * The signer makes X-Amz-Expires of the seconds that the credentials last, 543.217 for instance, and only whole ones are
 * valid there (aws/aws-msk-iam-sasl-signer-js#33).
 */
function inWholeSeconds({ expiration, ...credentials }: Credentials): Credentials {
  return expiration === undefined
    ? credentials
    : { ...credentials, expiration: new WholeSecondsAhead(expiration) }
}

class WholeSecondsAhead extends Date {
  override getTime(): number {
    const now = Date.now()
    return now + Math.floor((super.getTime() - now) / 1_000) * 1_000
  }
}
