import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { deadlineIn } from '../../../../shared/deadline.ts'
import { KafkaUnavailableError, reasonOf } from '../../../../shared/errors.ts'
import { openAuthentication, readAuthentication } from '../../../../shared/kafka/authentication/index.ts'
import type { AskForSecret } from '../../../../shared/kafka/authentication/secret.ts'
import { createProducer } from '../../../../shared/kafka/kafkaJsProducer.ts'
import { freePort } from '../../../helpers/freePort.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders-AbCdEf'
const SCRAM = readAuthentication({ KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: ARN })
const LOGIN = '{"username": "ada", "password": "x"}'
const ATTEMPT_TIMEOUT_MS = 200

/** Where no broker is: a send that gets as far as there says so. */
const NOBODY = /ECONNREFUSED/

let asked = 0

async function producerWith(askForSecret: AskForSecret, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS) {
  asked = 0
  const authentication = openAuthentication(SCRAM, {
    askForSecret(arn, signal) {
      asked += 1
      return askForSecret(arn, signal)
    },
  })
  const brokers = [`127.0.0.1:${await freePort()}`]
  const kafka = { brokers, auth: SCRAM, attemptTimeoutMs }
  return createProducer({ clientId: 'test', kafka, authentication })
}

/** Why nothing is sent, and after how many milliseconds. */
async function failureOf(producer: ReturnType<typeof createProducer>, milliseconds: number) {
  const begin = Date.now()
  const sending = producer.send(
    [{ topic: 'orders', key: 'k', value: 'v', headers: {} }],
    deadlineIn(milliseconds),
  )
  const error = await sending.then(
    () => new Error('it was sent'),
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(KafkaUnavailableError)
  return { reason: reasonOf(error), took: Date.now() - begin }
}

const failing = (name: string, message: string) => async () => {
  throw Object.assign(new Error(message), { name })
}

describe('a send that needs a secret', () => {
  it('says at the deadline that the secret did not come, which was asked for once', async () => {
    const answer = Promise.withResolvers<string>()
    const producer = await producerWith(() => answer.promise)

    const { reason, took } = await failureOf(producer, 700)

    expect(reason).toBe(
      `Secrets Manager did not give the secret ${ARN} in time: is there a way to it from the subnets?`,
    )
    expect(took).toBeGreaterThan(680)
    expect(asked).toBe(1)
    answer.resolve(LOGIN)
  })

  it('gets it when that takes longer than an attempt', async () => {
    const producer = await producerWith(async () => {
      await until(2.5 * ATTEMPT_TIMEOUT_MS)
      return LOGIN
    })

    expect((await failureOf(producer, 1_200)).reason).toMatch(NOBODY)
    expect(asked).toBe(1)
  })

  it('gets it although the send before could not wait for it', async () => {
    const answer = Promise.withResolvers<string>()
    const producer = await producerWith(() => answer.promise)
    expect((await failureOf(producer, 100)).reason).toMatch(/did not give the secret/)

    answer.resolve(LOGIN)

    expect((await failureOf(producer, 300)).reason).toMatch(NOBODY)
    expect(asked).toBe(1)
  })

  it('does not fail by the end of another that began before it', async () => {
    const answer = Promise.withResolvers<string>()
    const producer = await producerWith(() => answer.promise)
    const first = failureOf(producer, 100)
    const second = failureOf(producer, 1_000)

    expect((await first).reason).toMatch(/did not give the secret/)
    answer.resolve(LOGIN)

    expect((await second).reason).toMatch(NOBODY)
    expect(asked).toBe(1)
  })

  it.each([
    ['InternalServiceError', 'try later'],
    ['ThrottlingException', 'Rate exceeded'],
  ])('asks again until the deadline after %s, and says so', async (name, message) => {
    const producer = await producerWith(failing(name, message))

    const { reason, took } = await failureOf(producer, 1_000)

    expect(reason).toBe(`KAFKA_SECRET_ARN: Secrets Manager does not give ${ARN}: ${name}: ${message}`)
    expect(took).toBeGreaterThan(980)
    expect(asked).toBeGreaterThan(3)
  })

  it('says what failed before the last question, when the deadline comes upon that one', async () => {
    const unanswered = new Promise<string>(() => {})
    const failed = failing('InternalServiceError', 'try later')
    const producer = await producerWith(() => (asked > 1 ? unanswered : failed()), 10_000)

    expect((await failureOf(producer, 1_000)).reason).toMatch(/InternalServiceError: try later$/)
    expect(asked).toBe(2)
  })

  it('goes on when Secrets Manager failed a few times only', async () => {
    const producer = await producerWith(async () =>
      asked < 4 ? failing('InternalServiceError', '')() : LOGIN,
    )

    expect((await failureOf(producer, 1_500)).reason).toMatch(NOBODY)
    expect(asked).toBe(4)
  })

  it.each([
    ['AccessDeniedException', 'not authorized', /secretsmanager:GetSecretValue/],
    ['ResourceNotFoundException', 'cannot find it', /AmazonMSK_orders-AbCdEf/],
  ])('ends at once after %s', async (name, message, named) => {
    const { reason, took } = await failureOf(await producerWith(failing(name, message)), 5_000)

    expect(reason).toMatch(named)
    expect(took).toBeLessThan(2_000)
    expect(asked).toBe(1)
  })
})

describe('a send over TLS to a port that is none for it', () => {
  let server: Server
  afterEach(() => {
    server.close()
  })

  it.each([
    ['closes the connection, as a broker does', ''],
    ['answers in plain text', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('says so at the deadline, where it %s', async (_what, answer) => {
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const auth = readAuthentication({ KAFKA_AUTH: 'tls' })
    const kafka = { brokers: [`127.0.0.1:${port}`], auth, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS }

    expect((await failureOf(createProducer({ clientId: 'test', kafka }), 300)).reason).toMatch(
      /the port may not be one for TLS, which KAFKA_AUTH=tls needs: those of MSK are 9094 \(tls, mtls\), 9096 \(scram\) and 9098 \(iam\)/,
    )
  })
})

const until = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
