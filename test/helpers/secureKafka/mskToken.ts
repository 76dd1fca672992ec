import { createHash, createHmac } from 'node:crypto'

/** The presigned request in a token, as MSK takes it apart. */
export function readMskToken(token: string): URL {
  if (!/^[\w-]+$/.test(token)) throw new Error('the token is not base64url without padding')
  return new URL(Buffer.from(token, 'base64url').toString())
}

/**
 * The signature that the request must have, by AWS's description alone; the user agent is not signed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureOf({ host, pathname, searchParams }: URL, secretAccessKey: string): string {
  const signed = [...searchParams].filter(([name]) => name !== 'X-Amz-Signature' && name !== 'User-Agent')
  const query = signed
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
  const canonical = ['GET', pathname, query, `host:${host}`, '', 'host', sha256('')].join('\n')
  const [, ...scope] = (searchParams.get('X-Amz-Credential') ?? '').split('/')
  const text = ['AWS4-HMAC-SHA256', searchParams.get('X-Amz-Date'), scope.join('/'), sha256(canonical)].join(
    '\n',
  )
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`)
  return hmac(key, text).toString('hex')
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
