import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/** Both PEM; the key is PKCS #8. */
export interface Certificate {
  readonly certificate: string
  readonly privateKey: string
}

export interface Authority extends Certificate {
  /** A certificate of this authority, for a server of these host names and addresses, or for a client without any. */
  issue(name: string, hosts?: readonly string[], validDays?: number): Certificate
}

/** An authority of a test's own. Node.js reads X.509 only, so it is written here, as RFC 5280 has it. */
export function createAuthority(name: string): Authority {
  const keys = newKeys()
  const own = x509({
    subject: name,
    publicKey: keys.publicKey,
    issuer: name,
    signer: keys.privateKey,
    isAuthority: true,
  })
  return {
    ...own,
    privateKey: pem(keys.privateKey),
    issue(subject, hosts = [], validDays = 1) {
      const { publicKey, privateKey } = newKeys()
      const { certificate } = x509({
        subject,
        publicKey,
        issuer: name,
        signer: keys.privateKey,
        hosts,
        validDays,
      })
      return { certificate, privateKey: pem(privateKey) }
    },
  }
}

/** The same key, to be read with the password only. */
export const encryptKey = (privateKey: string, passphrase: string): string =>
  createPrivateKey(privateKey)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString()

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

interface Contents {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly issuer: string
  readonly signer: KeyObject
  readonly isAuthority?: boolean
  readonly hosts?: readonly string[]
  readonly validDays?: number
}

function x509({
  subject,
  publicKey,
  issuer,
  signer,
  isAuthority = false,
  hosts = [],
  validDays = 1,
}: Contents) {
  const day = 24 * 60 * 60 * 1_000
  const extensions = [
    sequence(oid('2.5.29.19'), boolean(true), octets(isAuthority ? sequence(boolean(true)) : sequence())),
    ...(hosts.length > 0
      ? [sequence(oid('2.5.29.17'), octets(sequence(...hosts.map(alternativeName))))]
      : []),
  ]
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(oid(ECDSA_SHA256)),
    commonName(issuer),
    sequence(time(Date.now() - 2 * day), time(Date.now() + validDays * day)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signed = sequence(toBeSigned, sequence(oid(ECDSA_SHA256)), bits(sign('sha256', toBeSigned, signer)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n` }
}

const ECDSA_SHA256 = '1.2.840.10045.4.3.2'

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...contents: Buffer[]) => der(0x30, ...contents)
const integer = (content: Buffer) => der(0x02, content)
const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]))
const octets = (content: Buffer) => der(0x04, content)
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content)
const time = (at: number) =>
  der(
    0x17,
    Buffer.from(
      new Date(at)
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\.\d+/g, ''),
    ),
  )
const commonName = (name: string) =>
  sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name)))))
const alternativeName = (host: string) =>
  isIP(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const encode = (value: number): number[] =>
    value < 0x80 ? [value] : [...encode(Math.floor(value / 0x80)).map((byte) => byte | 0x80), value % 0x80]
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(encode)]))
}
