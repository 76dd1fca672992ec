import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { AuthenticationFailure } from '../../../../../shared/kafka/authentication/index.ts'
import { openSecret } from '../../../../../shared/kafka/authentication/secret.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders-AbCdEf'
const LOGIN = ['username', 'password']
const signal = new AbortController().signal

describe('a secret', () => {
  it('is asked for once, and anew after it was forgotten', async () => {
    let version = 0
    const secret = openSecret(ARN, LOGIN, async () =>
      JSON.stringify({ username: 'ada', password: `${++version}` }),
    )

    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: '1' })
    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: '1' })
    secret.forget()
    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: '2' })
  })

  it('is asked for again after a failure, which says what was refused', async () => {
    let calls = 0
    const secret = openSecret(ARN, LOGIN, async () => {
      if (calls++ === 0) throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })
      return '{"username": "ada", "password": "x"}'
    })

    await expect(secret.fields(signal)).rejects.toThrow(
      `KAFKA_SECRET_ARN: Secrets Manager does not give ${ARN}: AccessDeniedException: not authorized`,
    )
    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: 'x' })
  })

  it.each([
    ['nothing', undefined, 'username and password'],
    ['no JSON', 'password=hidden', 'username and password'],
    ['no object', '"hidden"', 'username and password'],
    ['null', 'null', 'username and password'],
    ['a field too few', '{"password": "hidden"}', 'username'],
    ['an empty field', '{"username": "", "password": "hidden"}', 'username'],
    ['a field that is no text', '{"username": 5, "password": "hidden"}', 'username'],
  ])('of %s is refused by what it lacks, not by what it says', async (_what, text, lacks) => {
    const reading = openSecret(ARN, LOGIN, async () => text).fields(signal)

    await expect(reading).rejects.toThrow(AuthenticationFailure)
    await expect(reading).rejects.toThrow(new RegExp(`lacks ${lacks}$`))
    await reading.catch((error) => {
      expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('hidden')
    })
  })

  describe('in Secrets Manager', () => {
    const server = createServer()
    const environment = { ...process.env }

    afterEach(() => {
      process.env = { ...environment }
      server.closeAllConnections()
      server.close()
      server.removeAllListeners('request')
    })

    async function listen(): Promise<void> {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${port}`
      process.env.AWS_ACCESS_KEY_ID = 'test'
      process.env.AWS_SECRET_ACCESS_KEY = 'test'
      delete process.env.AWS_REGION
    }

    it('is got by its ARN, in its own Region', async () => {
      const requests: unknown[] = []
      server.on('request', async (request, response) => {
        let body = ''
        for await (const part of request) body += part
        requests.push([request.headers['x-amz-target'], JSON.parse(body)])
        requests.push(/Credential=test\/\d+\/([\w-]+)/.exec(request.headers.authorization ?? '')?.[1])
        response.setHeader('content-type', 'application/x-amz-json-1.1')
        response.end(JSON.stringify({ SecretString: '{"username": "ada", "password": "x"}' }))
      })
      await listen()

      expect(await openSecret(ARN, LOGIN).fields(signal)).toEqual({ username: 'ada', password: 'x' })
      expect(requests).toEqual([['secretsmanager.GetSecretValue', { SecretId: ARN }], 'eu-central-1'])
    })

    it('is no longer waited for when the signal comes', async () => {
      const ended = new Promise<void>((resolve) => {
        server.on('request', (request) => request.socket.once('close', () => resolve()))
      })
      const asked = new Promise<void>((resolve) => {
        server.once('request', () => resolve())
      })
      await listen()
      const abandoned = new AbortController()

      const reading = openSecret(ARN, LOGIN).fields(abandoned.signal)
      await asked
      abandoned.abort()

      await expect(reading).rejects.toThrow(AuthenticationFailure)
      await ended
    })
  })
})
