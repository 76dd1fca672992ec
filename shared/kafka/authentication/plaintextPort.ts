import type { AuthenticationSettings } from './settings.ts'

/** What Node.js says when the other side closes the connection upon the first bytes of TLS, as a broker does on a plaintext port. */
const CLOSED = /before secure TLS connection was established/

/** What OpenSSL says of an answer that is no TLS. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'])

/**
 * In words, that a connection may have failed since its port is not one for TLS; undefined when nothing points to that. A broker
 * that stops in the middle of the handshake looks the same, so it is no reason not to try again.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
 */
export function plaintextPort(
  error: unknown,
  { method }: Pick<AuthenticationSettings, 'method'>,
): string | undefined {
  if (method === 'none' || !(error instanceof Error)) return undefined
  const { code = '', message } = error as NodeJS.ErrnoException
  if (NO_TLS.has(code) || CLOSED.test(message)) {
    return `the port may not be one for TLS, which KAFKA_AUTH=${method} needs: those of MSK are 9094 (tls, mtls), 9096 (scram) and 9098 (iam)`
  }
  return plaintextPort(error.cause, { method })
}
