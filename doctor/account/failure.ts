import { reasonOf } from '../../shared/errors.ts'
import { broken, type Finding, unknown } from '../finding.ts'

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ForbiddenException',
  'UnauthorizedOperation',
])
const NO_LONGER_VALID = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
])
const NO_ANSWER = new Set([
  'AbortError',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * Why a call of AWS gave no answer. A missing permission hides the subject, it does not break it.
 * @param action the IAM action of the call, if AWS does not name it in its answer
 */
export function failureFinding(subject: string, action: string, error: unknown): Finding {
  const { name, code = '', message = '' } = error as { name?: string; code?: string; message?: string }
  if (DENIED.has(name ?? '') || /not authorized to perform/i.test(message)) {
    const denied = /not authorized to perform:? (\S+)/i.exec(message)?.[1] ?? action
    return unknown(
      subject,
      `These credentials may not look at it: ${denied} is not allowed.`,
      `Allow ${denied} to whoever runs this, or run it with other credentials (AWS_PROFILE).`,
    )
  }
  if (NO_LONGER_VALID.has(name ?? '')) {
    return broken(
      subject,
      `AWS does not take these credentials: ${reasonOf(error)}`,
      'Renew them, such as with: aws sso login. Or choose others: AWS_PROFILE.',
    )
  }
  if (NO_ANSWER.has(name ?? '') || NO_ANSWER.has(code)) {
    return unknown(
      subject,
      `AWS did not answer in time (${action}): ${reasonOf(error)}`,
      'Check the network connection, the region and AWS_ENDPOINT_URL; then try again.',
    )
  }
  return unknown(
    subject,
    `${action} failed: ${name}: ${reasonOf(error)}`,
    'Look it up in the console of AWS.',
  )
}
