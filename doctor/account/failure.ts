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

/** Why nothing answered, by the error's code or name. */
const NO_ANSWER: Readonly<Record<string, string>> = {
  AbortError: 'AWS did not answer in time',
  TimeoutError: 'AWS did not answer in time',
  ETIMEDOUT: 'AWS did not answer in time',
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The connection was broken off',
  ENOTFOUND: 'The host was not found',
  EAI_AGAIN: 'The host was not found',
}

/** What the SDK says of an answer that it cannot read; a page for people may be XML that it can read. */
const NOT_UNDERSTOOD = /Deserialization error:/
const LONGEST_REASON = 300

/** The reason of an error, or words that are one, in one line that is not too long. */
export function inOneLine(error: unknown): string {
  const reason = typeof error === 'string' ? error : reasonOf(error)
  const line = reason.trim().replace(/\s+/g, ' ')
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)} …` : line
}

/**
 * Why a call of AWS gave no answer. A missing permission hides the subject, it does not break it.
 * @param action the IAM action of the call, if AWS does not name it in its answer
 */
export function failureFinding(subject: string, action: string, error: unknown): Finding {
  const { name = '', code = '', message = '', $response } = error as AwsError
  if (DENIED.has(name) || /not authorized to perform/i.test(message)) {
    const denied = /not authorized to perform:? (\S+)/i.exec(message)?.[1] ?? action
    return unknown(
      subject,
      `These credentials may not look at it: ${denied} is not allowed.`,
      `Allow ${denied} to whoever runs this, or run it with other credentials (AWS_PROFILE).`,
    )
  }
  if (NO_LONGER_VALID.has(name)) {
    return broken(
      subject,
      `AWS does not take these credentials: ${inOneLine(error)}`,
      'Renew them, such as with: aws sso login. Or choose others: AWS_PROFILE.',
    )
  }
  const noAnswer = NO_ANSWER[code] ?? NO_ANSWER[name]
  if (noAnswer) {
    return unknown(
      subject,
      `${noAnswer} (${action}): ${inOneLine(error)}`,
      'Check the network connection, the region and AWS_ENDPOINT_URL; then try again.',
    )
  }
  const type = $response?.headers?.['content-type']
  if (NOT_UNDERSTOOD.test(message) || type?.startsWith('text/html')) {
    return unknown(
      subject,
      `What answered is not an API of AWS (${action}): HTTP ${$response?.statusCode}, ${type}`,
      'Check whether a proxy stands in between and wants something, and AWS_ENDPOINT_URL; then try again.',
    )
  }
  return unknown(
    subject,
    `${action} failed: ${name}: ${inOneLine(error)}`,
    'Look it up in the console of AWS.',
  )
}

/** As far as the SDK's errors are looked at; all of it may be missing. */
interface AwsError {
  name?: string
  code?: string
  message?: string
  $response?: { statusCode?: number; headers?: Record<string, string> }
}
