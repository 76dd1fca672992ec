import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  AuthenticationFailure,
  AuthenticationLate,
} from '../../../../../shared/kafka/authentication/index.ts'
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
    ['AccessDeniedException', false, /; the right secretsmanager:GetSecretValue is needed.*kms:Decrypt/],
    ['ResourceNotFoundException', false, /AmazonMSK_orders-AbCdEf: ResourceNotFoundException: no$/],
    ['ThrottlingException', true, /ThrottlingException: no$/],
    ['InternalServiceError', true, /InternalServiceError: no$/],
  ])('that is refused with %s may pass: %j', async (name, mayPass, message) => {
    const reading = openSecret(ARN, LOGIN, async () => {
      throw Object.assign(new Error('no'), { name })
    }).fields(signal)

    await expect(reading).rejects.toMatchObject({ mayPass, message: expect.stringMatching(message) })
  })

  it('is one question for all that ask, which outlives who no longer waits', async () => {
    const asked: AbortSignal[] = []
    const answer = Promise.withResolvers<string>()
    const secret = openSecret(ARN, LOGIN, (_arn, until) => {
      asked.push(until)
      return answer.promise
    })
    const abandoned = new AbortController()
    const [impatient, patient] = [secret.fields(abandoned.signal), secret.fields(signal)]

    abandoned.abort(new Error('the attempt is over'))

    await expect(impatient).rejects.toThrow(AuthenticationLate)
    await expect(impatient).rejects.toMatchObject({
      message: `Secrets Manager did not give the secret ${ARN} in time: is there a way to it from the subnets?`,
      cause: new Error('the attempt is over'),
    })
    expect(asked.map(({ aborted }) => aborted)).toEqual([false])
    answer.resolve('{"username": "ada", "password": "x"}')
    expect(await patient).toEqual({ username: 'ada', password: 'x' })
    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: 'x' })
    expect(asked).toHaveLength(1)
  })

  it('is known at the next call when it came after everybody had gone', async () => {
    const answer = Promise.withResolvers<string>()
    let asked = 0
    const secret = openSecret(ARN, LOGIN, () => {
      asked += 1
      return answer.promise
    })
    await expect(secret.fields(AbortSignal.abort())).rejects.toThrow(AuthenticationLate)

    answer.resolve('{"username": "ada", "password": "x"}')

    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: 'x' })
    expect(asked).toBe(1)
  })

  it('that fails after everybody had gone troubles nobody', async () => {
    const answer = Promise.withResolvers<string>()
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const secret = openSecret(ARN, LOGIN, () => answer.promise)
      await expect(secret.fields(AbortSignal.abort())).rejects.toThrow(AuthenticationLate)
      answer.reject(new Error('too late'))
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('unhandledRejection', note)
    }
    expect(unhandled).toEqual([])
  })

  it('is given up at the deadline of the question, even by an answerer that does not heed it, and asked for anew', async () => {
    const asked: AbortSignal[] = []
    const secret = openSecret(
      ARN,
      LOGIN,
      async (_arn, until) => {
        asked.push(until)
        return asked.length === 1 ? new Promise(() => {}) : '{"username": "ada", "password": "x"}'
      },
      50,
    )

    await expect(secret.fields(signal)).rejects.toMatchObject({
      name: 'AuthenticationFailure',
      mayPass: true,
      message: expect.stringMatching(/^Secrets Manager did not give the secret .* in time/),
    })
    expect(asked[0]?.aborted).toBe(true)
    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: 'x' })
  })

  it('is asked for anew when the question before was begun too long ago, as before an environment was frozen', async () => {
    let asked = 0
    const secret = openSecret(
      ARN,
      LOGIN,
      async () => (asked++ === 0 ? new Promise(() => {}) : '{"username": "ada", "password": "x"}'),
      1_000,
    )
    await expect(secret.fields(AbortSignal.abort())).rejects.toThrow(AuthenticationLate)
    const real = Date.now
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + 60_000)
    try {
      expect(await secret.fields(signal)).toEqual({ username: 'ada', password: 'x' })
    } finally {
      clock.mockRestore()
    }
  })

  it('that was forgotten while it was asked for is not kept', async () => {
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
    let asked = 0
    const secret = openSecret(ARN, LOGIN, async () => answers[asked++]?.promise)
    const before = secret.fields(signal)
    secret.forget()
    const after = secret.fields(signal)

    answers[1]?.resolve('{"username": "ada", "password": "new"}')
    expect(await after).toEqual({ username: 'ada', password: 'new' })
    answers[0]?.resolve('{"username": "ada", "password": "old"}')
    await before
    expect(await secret.fields(signal)).toEqual({ username: 'ada', password: 'new' })
    expect(asked).toBe(2)
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

    it('is given up with its connection at the deadline of the question', async () => {
      const ended = new Promise<void>((resolve) => {
        server.on('request', (request) => request.socket.once('close', () => resolve()))
      })
      await listen()

      const reading = openSecret(ARN, LOGIN, undefined, 1_000).fields(signal)

      await expect(reading).rejects.toThrow(/did not give the secret .* in time/)
      await ended
    })

    it.each([
      [500, '<html>\n<p>failed</p>', 'HTTP status 500 without JSON'],
      [503, '', 'HTTP status 503'],
      [
        400,
        '{"__type": "LimitExceededException", "message": "too\\nmany"}',
        'LimitExceededException: too\\nmany',
      ],
    ])('that is answered with %i and %j is missed in one line', async (status, body, reason) => {
      server.on('request', (_request, response) => {
        response.statusCode = status
        response.end(body)
      })
      await listen()

      await expect(openSecret(ARN, LOGIN).fields(signal)).rejects.toMatchObject({
        mayPass: true,
        message: `KAFKA_SECRET_ARN: Secrets Manager does not give ${ARN}: ${reason}`,
      })
    })
  })
})
