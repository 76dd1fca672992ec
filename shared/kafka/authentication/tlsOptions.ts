import fs from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { AuthenticationFailure } from './errors.ts'

/** All PEM. */
export interface ClientCertificate {
  /** The client's own first, then those that lead to its authority. */
  readonly certificate: string
  readonly privateKey: string
  readonly privateKeyPassword?: string | undefined
}

/**
 * TLS for the brokers of a public authority, or of `ca` (PEM) instead.
 * @param origin names the variables that the certificate comes from
 * @throws {AuthenticationFailure} certificate and key do not go together, or cannot be read
 */
export function tlsOptions(
  ca: string | undefined,
  client?: ClientCertificate,
  origin = 'KAFKA_CA_FILE',
): ConnectionOptions {
  const options = {
    ...(ca !== undefined && { ca }),
    ...(client && { cert: client.certificate, key: client.privateKey }),
    ...(client?.privateKeyPassword !== undefined && { passphrase: client.privateKeyPassword }),
  }
  try {
    return Object.keys(options).length > 0 ? { secureContext: createSecureContext(options) } : {}
  } catch (error) {
    throw new AuthenticationFailure(`${origin}: ${reasonOf(error as NodeJS.ErrnoException)}`)
  }
}

/** In the words of whoever made the files; OpenSSL's own name what it was doing. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_OSSL_BAD_DECRYPT: 'the private key is encrypted, and its password is missing or wrong',
  ERR_OSSL_EVP_UNSUPPORTED:
    'the private key cannot be read, or is encrypted in a way that Node.js does not know',
  ERR_OSSL_PEM_NO_START_LINE: 'a certificate or key in it is not PEM',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the private key is not that of the certificate',
}

const reasonOf = ({ code = '', message }: NodeJS.ErrnoException) => REASONS[code] ?? message

/** @throws {AuthenticationFailure} that names the variable */
export async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await fs.promises.readFile(file, 'utf8')
  } catch (cause) {
    throw new AuthenticationFailure(`${variable}: ${(cause as Error).message}`, { cause })
  }
}
