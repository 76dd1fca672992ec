import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { signIamToken } from '../../../../../shared/kafka/authentication/iamToken.ts'
import { AuthenticationFailure } from '../../../../../shared/kafka/authentication/index.ts'
import { keptToken } from '../../../../../shared/kafka/authentication/keptToken.ts'
import { readMskToken, signatureOf } from '../../../../helpers/secureKafka/mskToken.ts'

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/key+example' }
const SESSION = { ...CREDENTIALS, sessionToken: 'session+token/example==' }
const expiringIn = (milliseconds: number) => ({ ...SESSION, expiration: new Date(Date.now() + milliseconds) })
const sign = (credentials: typeof CREDENTIALS & { expiration?: Date }, region = 'eu-central-1') =>
  signIamToken(region, async () => credentials)

describe('a token for MSK', () => {
  it('is a presigned request to connect, signed as AWS says', async () => {
    const before = Math.floor(Date.now() / 1_000) * 1_000

    const { token, expiryTime } = await sign(SESSION)

    const url = readMskToken(token)
    expect(url.origin).toBe('https://kafka.eu-central-1.amazonaws.com')
    const date = url.searchParams.get('X-Amz-Date') ?? ''
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `AKIDEXAMPLE/${date.slice(0, 8)}/eu-central-1/kafka-cluster/aws4_request`,
      'X-Amz-Date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'session+token/example==',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': signatureOf(url, SESSION.secretAccessKey),
      'User-Agent': expect.stringMatching(/^aws-msk-iam-sasl-signer-js\/\d/),
    })
    expect(expiryTime).toBeGreaterThanOrEqual(before + 900_000)
    expect(expiryTime).toBeLessThanOrEqual(Date.now() + 900_000)
  })

  it('lasts no longer than the credentials, in whole seconds', async () => {
    const { token, expiryTime } = await sign(expiringIn(543_217))

    const url = readMskToken(token)
    expect(url.searchParams.get('X-Amz-Expires')).toBe('543')
    expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, SESSION.secretAccessKey))
    expect(expiryTime).toBeLessThanOrEqual(Date.now() + 543_217)
  })

  it('lasts whole seconds also when the clock moves on while it is signed', async () => {
    const credentials = expiringIn(543_217)
    const real = Date.now
    const clock = jest.spyOn(Date, 'now')
    // The first signing sees another millisecond at each look.
    for (let look = 1; look <= 6; look++) clock.mockImplementationOnce(() => real() + look)
    try {
      const { token } = await sign(credentials)

      expect(readMskToken(token).searchParams.get('X-Amz-Expires')).toMatch(/^54[23]$/)
    } finally {
      clock.mockRestore()
    }
  })

  it('is not made of credentials that have expired', async () => {
    const signing = sign(expiringIn(-5_000))

    await expect(signing).rejects.toThrow(AuthenticationFailure)
    await expect(signing).rejects.toThrow(/the AWS credentials expired at \d{4}-.*; get new ones/)
  })

  it('needs credentials', async () => {
    const signing = signIamToken('eu-central-1', async () => {
      throw new Error('Could not load credentials from any providers')
    })

    await expect(signing).rejects.toThrow(
      'KAFKA_AUTH=iam: there are no AWS credentials to sign with: Could not load credentials from any providers',
    )
  })
})

describe('the token of a process', () => {
  let now: number
  let signed: number
  let token: ReturnType<typeof keptToken>

  beforeEach(() => {
    now = 1_000_000
    signed = 0
    token = keptToken(
      async () => ({ token: String(++signed), expiryTime: now + 900_000 }),
      () => now,
    )
  })

  it('is kept until a minute before its end', async () => {
    expect((await token()).token).toBe('1')
    now += 839_999
    expect((await token()).token).toBe('1')
    now += 1
    expect((await token()).token).toBe('2')
    now += 839_999
    expect((await token()).token).toBe('2')
  })

  it('is renewed for days', async () => {
    for (const end = now + 3 * 24 * 3_600_000; now < end; now += 890_000) {
      expect((await token()).expiryTime).toBeGreaterThan(now + 60_000)
    }
    expect(signed).toBeGreaterThan(280)
  })

  it('is signed once for all that ask at the same time', async () => {
    const tokens = await Promise.all(Array.from({ length: 10 }, () => token()))

    expect(new Set(tokens.map((one) => one.token))).toEqual(new Set(['1']))
  })

  it('is tried again after a failure', async () => {
    let tries = 0
    const flaky = keptToken(async () => {
      if (tries++ === 0) throw new Error('no credentials')
      return { token: 'after all', expiryTime: now + 900_000 }
    })

    await expect(flaky()).rejects.toThrow('no credentials')
    expect((await flaky()).token).toBe('after all')
  })
})
