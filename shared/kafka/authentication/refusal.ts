import { AuthenticationFailure, AuthenticationLate } from './errors.ts'
import type { AuthenticationSettings } from './settings.ts'

/** What Node.js says when the broker's certificate does not lead to an authority that is known here, or is another's. */
const UNTRUSTED = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

type Reported = Error & { readonly code?: unknown; readonly type?: unknown }

/**
 * In words, what of a failed connection is about authentication; undefined when nothing is. KafkaJS wraps errors, so their
 * causes are looked at too. No secret is told.
 */
export function refusal(
  error: unknown,
  { method }: Pick<AuthenticationSettings, 'method'>,
): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, type, name, message } = error as Reported
  if (error instanceof AuthenticationFailure || error instanceof AuthenticationLate) return message
  if (name === 'KafkaJSSASLAuthenticationError') return `the brokers refuse KAFKA_AUTH=${method}: ${message}`
  if (type === 'ILLEGAL_SASL_STATE')
    return `the brokers know no SASL on this port, and KAFKA_AUTH is ${method}`
  if (typeof code === 'string') {
    if (UNTRUSTED.has(code)) {
      return `the certificate of the brokers is not trusted (${code}): KAFKA_CA_FILE names that of their authority, KAFKA_BROKERS their names as in the certificate`
    }
    if (/^ERR_SSL_.*ALERT/.test(code)) {
      const what = method === 'mtls' ? 'the client certificate' : `KAFKA_AUTH=${method}`
      return `the brokers refuse ${what} (${code})${method === 'mtls' ? '' : ': they may want a client certificate, mtls'}`
    }
  }
  return error.cause === undefined ? undefined : refusal(error.cause, { method })
}
