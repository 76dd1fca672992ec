import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { type Finding, unknown } from '../finding.ts'

/** A machine that is no instance of EC2 has nobody that answers at the metadata address. */
const METADATA_TIMEOUT_MS = 1_000

export type Credentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>

/** The credentials that the AWS command line would take; undefined when there are none. */
export async function findCredentials(): Promise<Credentials | undefined> {
  try {
    return await defaultProvider({ timeout: METADATA_TIMEOUT_MS, maxRetries: 0 })()
  } catch {
    return undefined
  }
}

/** Not having any is how one works without an account. */
export const noCredentials = (): Finding =>
  unknown(
    'account',
    'Not looked at: there are no AWS credentials.',
    'To look at a deployment, give some: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or: aws sso login.',
  )
