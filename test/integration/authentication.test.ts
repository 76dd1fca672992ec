import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { assertReachable } from '../../plugins/local-services/src/foreignCluster.ts'
import { prepareTopics } from '../../plugins/local-services/src/prepareTopics.ts'
import { deadlineIn } from '../../shared/deadline.ts'
import { KafkaUnavailableError, reasonOf } from '../../shared/errors.ts'
import { readAuthentication } from '../../shared/kafka/authentication/index.ts'
import { createProducer } from '../../shared/kafka/kafkaJsProducer.ts'
import type { RecordProducer } from '../../shared/kafka/producer.ts'
import { readSettings } from '../../shared/settings.ts'
import { runCommand } from '../helpers/project.ts'
import { createAuthority, encryptKey } from '../helpers/secureKafka/certificates.ts'
import { readMskToken, signatureOf } from '../helpers/secureKafka/mskToken.ts'
import { setScramPassword } from '../helpers/secureKafka/scramUser.ts'
import { type SecureBroker, startSecureBroker, USER } from '../helpers/secureKafka/secureBroker.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders-AbCdEf'
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-key' }
const METHODS = ['tls', 'scram', 'iam', 'mtls'] as const

/** One broker with a listener for each way to authenticate. */
describe('over a connection that is authenticated', () => {
  let broker: SecureBroker
  let kafka: TestKafka
  let topic: string
  let producers: RecordProducer[]
  const environment = { ...process.env }

  beforeAll(async () => {
    broker = await startSecureBroker()
    kafka = testKafka(broker.plaintext)
  })
  afterAll(async () => {
    await kafka?.close()
    await broker?.remove()
  })
  beforeEach(async () => {
    Object.assign(process.env, CREDENTIALS)
    producers = []
    topic = uniqueName('orders')
    await kafka.createTopic(topic, 1)
  })
  afterEach(() => {
    process.env = { ...environment }
    broker.gate.refuse = () => undefined
    broker.gate.sessionLifetimeMs = 0
    for (const producer of producers) producer.close()
  })

  /** createOrder's, with this environment. */
  function producerFor(env: NodeJS.ProcessEnv, attemptTimeoutMs = 5_000): RecordProducer {
    const settings = readSettings({ ...env, KAFKA_ATTEMPT_TIMEOUT_MS: `${attemptTimeoutMs}` })
    const producer = createProducer({ clientId: 'createOrder', kafka: settings.kafka })
    producers.push(producer)
    return producer
  }

  const send = (producer: RecordProducer, value: string, milliseconds = 20_000) =>
    producer.send([{ topic, key: 'k', value, headers: {} }], deadlineIn(milliseconds))
  const values = async () => (await kafka.read(topic)).map(({ value }) => value)

  /** Why a record is not written. */
  async function refused(env: NodeJS.ProcessEnv): Promise<string> {
    const begin = Date.now()
    const error = await send(producerFor(env), 'never').then(
      () => new Error('it was written'),
      (reason) => reason,
    )
    expect(error).toBeInstanceOf(KafkaUnavailableError)
    // It was told, not waited for until the deadline.
    expect(Date.now() - begin).toBeLessThan(15_000)
    expect(await values()).toEqual([])
    return reasonOf(error)
  }

  describe.each(METHODS)('%s', (method) => {
    it('writes what createOrder sends', async () => {
      const producer = producerFor(broker.clients[method])

      await send(producer, 'first')
      await send(producer, 'second')

      expect(await values()).toEqual(['first', 'second'])
    })

    it('prepares the topics', async () => {
      const { KAFKA_BROKERS = '' } = broker.clients[method]
      const name = uniqueName('prepared')
      const topics = [{ name, partitions: 2, configs: {} }]
      const log = { notice() {}, warning() {} }
      const brokers = [KAFKA_BROKERS]

      const security = await assertReachable(brokers, readAuthentication(broker.clients[method]))
      await prepareTopics({ brokers, security, topics, place: 'elsewhere', log })

      expect(await kafka.topics()).toContain(name)
    })

    it('makes an event of the last records', async () => {
      await kafka.produce(topic, ['a', 'b'])

      const printed = await runCommand(process.cwd(), [process.execPath, 'events/fromTopic.ts', topic], {
        ...broker.clients[method],
        ...CREDENTIALS,
      })

      expect(printed).toMatchObject({ code: 0, stderr: '' })
      const [record] = JSON.parse(printed.stdout).records[`${topic}-0`]
      expect(Buffer.from(record.value, 'base64').toString()).toBe('b')
    })

    it('is refused without the authority of the brokers', async () => {
      expect(await refused({ ...broker.clients[method], KAFKA_CA_FILE: '' })).toMatch(
        /the certificate of the brokers is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\): KAFKA_CA_FILE/,
      )
    })
  })

  it('is refused to a wrong password, which is not told', async () => {
    const reason = await refused({ ...broker.clients.scram, KAFKA_PASSWORD: 'hidden-password' })

    expect(reason).toMatch(/^the brokers refuse KAFKA_AUTH=scram: .*invalid credentials/)
    expect(reason).not.toContain('hidden-password')
  })

  it('is refused by name to whoever finds out at the start of the local services', async () => {
    const env = { ...broker.clients.scram, KAFKA_PASSWORD: 'hidden-password' }
    const reaching = assertReachable([broker.clients.scram.KAFKA_BROKERS ?? ''], readAuthentication(env))

    await expect(reaching).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/takes connections, but the brokers refuse KAFKA_AUTH=scram/),
    })
  })

  it('is refused by name to the script that makes events', async () => {
    const printed = await runCommand(process.cwd(), [process.execPath, 'events/fromTopic.ts', topic], {
      ...broker.clients.scram,
      KAFKA_PASSWORD: 'hidden-password',
    })

    expect(printed).toMatchObject({ code: 1, stdout: '' })
    expect(printed.stderr).toMatch(/Could not read from Kafka at .*: the brokers refuse KAFKA_AUTH=scram/)
    expect(printed.stderr).not.toContain('hidden-password')
  })

  it.each(METHODS)(
    'is not there for %s on a port without TLS, which is named as the cause',
    async (method) => {
      const env = { ...broker.clients[method], KAFKA_BROKERS: broker.plaintext }

      await expect(assertReachable([broker.plaintext], readAuthentication(env))).rejects.toThrow(
        /takes connections, but the port may not be one for TLS, which KAFKA_AUTH=.* needs/,
      )
      await expect(send(producerFor(env), 'never', 1_000)).rejects.toThrow(/the port may not be one for TLS/)
    },
  )

  it.each([
    ['nothing', '', /^KAFKA_CA_FILE: .*\/ca\.pem holds no certificate in PEM$/],
    ['no PEM', 'not pem', /^KAFKA_CA_FILE: .*\/ca\.pem holds no certificate in PEM$/],
    [
      'half a certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      /^KAFKA_CA_FILE: certificate 1 in .*\/ca\.pem cannot be read/,
    ],
  ])('is not tried with a file of authorities that holds %s', async (_what, content, reason) => {
    const KAFKA_CA_FILE = broker.file('ca.pem', content)

    expect(await refused({ ...broker.clients.tls, KAFKA_CA_FILE })).toMatch(reason)
  })

  it('takes a file of several authorities, with words between them', async () => {
    const others = createAuthority('another').certificate
    const content = `# ours\n${others}\n# theirs\n${broker.authority.certificate}`

    await send(
      producerFor({ ...broker.clients.tls, KAFKA_CA_FILE: broker.file('both.pem', content) }),
      'written',
    )

    expect(await values()).toEqual(['written'])
  })

  it.each([
    ['another authority', () => createAuthority('another').issue('client')],
    ['a time that is over', () => broker.authority.issue('client', [], -1)],
  ])('is refused to a client certificate of %s', async (_what, issue) => {
    const { certificate, privateKey } = issue()

    const reason = await refused({
      ...broker.clients.mtls,
      KAFKA_CLIENT_CERTIFICATE_FILE: broker.file('other.pem', certificate),
      KAFKA_CLIENT_KEY_FILE: broker.file('other.key', privateKey),
    })

    expect(reason).toMatch(/the brokers refuse the client certificate/)
  })

  it('is refused to a client without a certificate', async () => {
    const { KAFKA_BROKERS } = broker.clients.mtls

    expect(await refused({ ...broker.clients.tls, KAFKA_BROKERS })).toMatch(
      /they may want a client certificate, mtls/,
    )
  })

  it('takes the certificate of a broker by the name that it is called by, and by no other', async () => {
    const byName = (method: 'tls' | 'iam') => {
      const { KAFKA_BROKERS = '', ...env } = broker.clients[method]
      return { ...env, KAFKA_BROKERS: KAFKA_BROKERS.replace('127.0.0.1', 'localhost') }
    }

    // The certificate there is for the address alone.
    expect(await refused(byName('iam'))).toMatch(/is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/)
    await send(producerFor(byName('tls')), 'written')
    expect(await values()).toEqual(['written'])
  })

  it('is refused to SASL where there is none', async () => {
    const { KAFKA_BROKERS } = broker.clients.tls

    expect(await refused({ ...broker.clients.scram, KAFKA_BROKERS })).toMatch(/know no SASL on this port/)
  })

  it('takes an encrypted key with its password only', async () => {
    const { privateKey, certificate } = broker.authority.issue('client')
    const env = {
      ...broker.clients.mtls,
      KAFKA_CLIENT_CERTIFICATE_FILE: broker.file('encrypted.pem', certificate),
      KAFKA_CLIENT_KEY_FILE: broker.file('encrypted.key', encryptKey(privateKey, 'hidden-password')),
    }

    expect(await refused(env)).toMatch(
      /KAFKA_CLIENT_KEY_FILE: the private key is encrypted, and its password is missing/,
    )
    expect(await refused({ ...env, KAFKA_CLIENT_KEY_PASSWORD: 'wrong-password' })).toMatch(
      /missing or wrong$/,
    )
    await send(producerFor({ ...env, KAFKA_CLIENT_KEY_PASSWORD: 'hidden-password' }), 'written')
    expect(await values()).toEqual(['written'])
  })

  it('names the file that is missing', async () => {
    expect(await refused({ ...broker.clients.tls, KAFKA_CA_FILE: '/missing.pem' })).toMatch(
      /^KAFKA_CA_FILE: ENOENT: .*'\/missing\.pem'/,
    )
  })

  describe('with a secret', () => {
    let secretsManager: Server
    let secret: unknown
    let asked: number

    beforeEach(async () => {
      asked = 0
      secretsManager = createServer((_request, response) => {
        asked += 1
        response.setHeader('content-type', 'application/x-amz-json-1.1')
        if (secret === undefined) response.statusCode = 400
        response.end(
          JSON.stringify(
            secret === undefined
              ? { __type: 'AccessDeniedException', message: 'no right to it' }
              : { SecretString: JSON.stringify(secret) },
          ),
        )
      })
      await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve))
      const { port } = secretsManager.address() as AddressInfo
      process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${port}`
    })
    afterEach(() => {
      secretsManager.closeAllConnections()
      secretsManager.close()
    })

    const scram = () => {
      const { KAFKA_USERNAME: _, KAFKA_PASSWORD: __, ...env } = broker.clients.scram
      return { ...env, KAFKA_SECRET_ARN: SECRET }
    }
    const mtls = () => {
      const { KAFKA_CLIENT_CERTIFICATE_FILE: _, KAFKA_CLIENT_KEY_FILE: __, ...env } = broker.clients.mtls
      return { ...env, KAFKA_SECRET_ARN: SECRET }
    }

    it('asks for the login once', async () => {
      secret = USER
      const producer = producerFor(scram())

      await Promise.all([send(producer, 'a'), send(producer, 'b')])
      producer.close()
      await send(producer, 'c')

      expect((await values()).toSorted()).toEqual(['a', 'b', 'c'])
      expect(asked).toBe(1)
    })

    it('goes on within the same call after the password was changed', async () => {
      const user = { username: uniqueName('user'), password: 'old-password' }
      await setScramPassword(broker.plaintext, user.username, user.password)
      secret = user
      const producer = producerFor(scram())
      await send(producer, 'before')

      await setScramPassword(broker.plaintext, user.username, 'new-password')
      secret = { ...user, password: 'new-password' }
      producer.close()
      await send(producer, 'after')

      expect(await values()).toEqual(['before', 'after'])
      expect(asked).toBe(2)
    })

    it('goes on within the same call after the certificate was replaced', async () => {
      const { certificate, privateKey } = createAuthority('old').issue('client')
      secret = { certificate, privateKey }
      const producer = producerFor(mtls())
      await expect(send(producer, 'never')).rejects.toThrow(/refuse the client certificate/)

      const issued = broker.authority.issue('client')
      secret = {
        certificate: issued.certificate,
        privateKey: encryptKey(issued.privateKey, 'hidden-password'),
        privateKeyPassword: 'hidden-password',
      }
      await send(producer, 'written')

      expect(await values()).toEqual(['written'])
    })

    it('writes within one call when the secret takes longer than an attempt', async () => {
      secret = USER
      const [answer] = secretsManager.listeners('request') as RequestListener[]
      secretsManager.removeAllListeners('request')
      secretsManager.on('request', (request, response) => {
        setTimeout(() => answer?.(request, response), 3_500)
      })

      await send(producerFor(scram(), 1_500), 'written')

      expect(await values()).toEqual(['written'])
      expect(asked).toBe(1)
    })

    it('gives up at the deadline when Secrets Manager does not answer, and writes nothing after it', async () => {
      const open = new Set<unknown>()
      secretsManager.removeAllListeners('request')
      secretsManager.on('connection', (socket) => {
        open.add(socket)
        socket.once('close', () => open.delete(socket))
      })
      const stalled = new Promise((resolve) => secretsManager.once('request', resolve))
      const begin = Date.now()

      await expect(send(producerFor(scram()), 'never', 1_000)).rejects.toThrow(
        `Secrets Manager did not give the secret ${SECRET} in time`,
      )

      expect(Date.now() - begin).toBeLessThan(2_000)
      await stalled
      await waitFor(() => open.size === 0, { timeoutMs: 15_000, what: 'the question is given up' })
      expect(await values()).toEqual([])
    })

    it('says what was refused when the secret is not given', async () => {
      secret = undefined

      expect(await refused(scram())).toBe(
        `KAFKA_SECRET_ARN: Secrets Manager does not give ${SECRET}: AccessDeniedException: no right to it; the right secretsmanager:GetSecretValue is needed, and kms:Decrypt for the key of the secret`,
      )
    })

    it('says what is wrong with a certificate, and nothing of its key', async () => {
      secret = { certificate: 'no certificate', privateKey: 'hidden-key' }

      expect(await refused(mtls())).toBe('KAFKA_SECRET_ARN: a certificate or key in it is not PEM')
    })
  })

  describe('with IAM', () => {
    const lately = (since: number) => broker.gate.authenticated.slice(since)

    it('shows MSK a token that is signed with the credentials of the process', async () => {
      const since = broker.gate.authenticated.length

      await send(producerFor(broker.clients.iam), 'written')

      const [{ token } = { token: '' }] = lately(since)
      const url = readMskToken(token)
      expect(url.origin).toBe('https://kafka.eu-central-1.amazonaws.com')
      expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect')
      expect(url.searchParams.get('X-Amz-Signature')).toBe(
        signatureOf(url, CREDENTIALS.AWS_SECRET_ACCESS_KEY),
      )
    })

    it('is refused with the words of the brokers', async () => {
      broker.gate.refuse = () => 'Access denied'

      expect(await refused(broker.clients.iam)).toMatch(/^the brokers refuse KAFKA_AUTH=iam: .*Access denied/)
    })

    it('authenticates a busy connection anew before its session ends, and loses nothing', async () => {
      // KafkaJS does so 10 s ahead of the end.
      broker.gate.sessionLifetimeMs = 11_200
      const since = broker.gate.authenticated.length
      const producer = producerFor(broker.clients.iam)
      const sent: string[] = []

      await waitFor(
        async () => {
          const next = Array.from({ length: 5 }, (_, index) => `${sent.length + index}`)
          await Promise.all(next.map((value) => send(producer, value)))
          sent.push(...next)
          return lately(since).length >= 4
        },
        { timeoutMs: 20_000, what: 'three renewals of the session' },
      )

      expect(new Set(lately(since).map(({ connection }) => connection)).size).toBe(1)
      expect((await values()).toSorted()).toEqual(sent.toSorted())
    })

    it('authenticates an idle connection anew when its session is long over', async () => {
      broker.gate.sessionLifetimeMs = 900_000
      const since = broker.gate.authenticated.length
      const producer = producerFor(broker.clients.iam)
      await send(producer, 'before')

      const elsewhere = laterBySeconds(3_600)
      broker.gate.advance(3_600_000)
      try {
        await send(producer, 'after')
      } finally {
        elsewhere.mockRestore()
      }

      expect(await values()).toEqual(['before', 'after'])
      expect(lately(since)).toHaveLength(2)
      expect(new Set(lately(since).map(({ connection }) => connection)).size).toBe(1)
    })

    it('goes on with a new connection when the clock stood still, as that of a frozen environment', async () => {
      broker.gate.sessionLifetimeMs = 900_000
      const since = broker.gate.authenticated.length
      const producer = producerFor(broker.clients.iam)
      await send(producer, 'before')

      broker.gate.advance(3_600_000)
      await send(producer, 'after')

      expect(await values()).toEqual(['before', 'after'])
      expect(new Set(lately(since).map(({ connection }) => connection)).size).toBeGreaterThan(1)
    })
  })
})

/** The clock that KafkaJS tells the age of a session by. */
function laterBySeconds(seconds: number) {
  const real = process.hrtime
  const later = (from?: [number, number]): [number, number] => {
    const [whole, nanoseconds] = real(from)
    return [whole + seconds, nanoseconds]
  }
  return jest.spyOn(process, 'hrtime').mockImplementation(Object.assign(later, { bigint: real.bigint }))
}
