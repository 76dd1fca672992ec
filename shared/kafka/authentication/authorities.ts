import { X509Certificate } from 'node:crypto'
import { AuthenticationFailure } from './errors.ts'
import { readPem } from './tlsOptions.ts'

/** With the names that OpenSSL takes. */
const CERTIFICATE = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g

/**
 * The certificates of KAFKA_CA_FILE. They are read one by one, since `createSecureContext` passes over what is none and would trust nobody.
 * @throws {AuthenticationFailure} that names the variable
 */
export async function readAuthorities(file: string): Promise<string> {
  const text = await readPem('KAFKA_CA_FILE', file)
  const certificates = text.match(CERTIFICATE) ?? []
  if (certificates.length === 0) {
    throw new AuthenticationFailure(`KAFKA_CA_FILE: ${file} holds no certificate in PEM`)
  }
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (cause) {
      throw new AuthenticationFailure(`KAFKA_CA_FILE: certificate ${index + 1} in ${file} cannot be read`, {
        cause,
      })
    }
  }
  return text
}
