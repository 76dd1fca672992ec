import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bundleHandler } from '../../plugins/bundle/src/bundleHandler.ts'
import { handlerModule } from '../../plugins/bundle/src/handlerModule.ts'
import { startTestBroker, type TestBroker } from '../helpers/broker.ts'
import { startHttpStandIn } from '../helpers/httpStandIn.ts'
import { filesLoadedWith } from '../helpers/loadedFiles.ts'
import { uniqueName } from '../helpers/topics.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** The handlers that serverless.yml names. */
const handlers = [
  ...readFileSync(path.join(root, 'serverless.yml'), 'utf8').matchAll(/^ +handler: (\S+)$/gm),
].map(([, handler]) => handler as string)

/** What Lambda sets for each function, and nothing of this machine. */
const LAMBDA = { AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: 'test' }

/** The most that a zip may have, in bytes, and the most that a cold start may load of it: about 15 ms for each 100,000. */
const BUDGETS: Record<string, { zip: number; loaded: number }> = {
  createOrder: { zip: 260_000, loaded: 230_000 },
  payment: { zip: 350_000, loaded: 440_000 },
  notification: { zip: 350_000, loaded: 440_000 },
  bootstrapBrokers: { zip: 260_000, loaded: 370_000 },
}

/** Of the signer of IAM tokens, of the client of Secrets Manager and of KafkaJS's consumer. */
const FOR_KAFKA = ['kafka-cluster:Connect', 'SecretsManagerServiceException', 'Consumer has joined the group']

/** Texts of what a function may load on first use only. */
const PARTS: Record<string, string[]> = {
  createOrder: FOR_KAFKA,
  payment: FOR_KAFKA,
  notification: FOR_KAFKA,
}

const textOf = (files: readonly string[]) => files.map((file) => readFileSync(file, 'utf8')).join('')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bundles-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(handlers)('the bundle of %s', (handler) => {
  const { source, exported } = handlerModule(handler)
  const name = path.basename(path.dirname(source))
  let bundle: string
  let files: string[]
  beforeAll(async () => {
    bundle = path.join(folder, `${name}.cjs`)
    ;({ files } = await bundleHandler(path.join(root, `${source}.ts`), bundle))
  })

  it('exports a handler without callback, which Lambda refuses on Node 24', () => {
    const code = `
      const { ${exported}: handler } = require(${JSON.stringify(bundle)})
      console.log(typeof handler, handler.length <= 2)
      process.exit()`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
      encoding: 'utf8',
      env: { ...LAMBDA, KAFKA_BROKERS: 'b-1:9098', KAFKA_AUTH: 'iam' },
    })

    expect([stdout, stderr]).toEqual(['function true\n', ''])
  })

  it('is small', () => {
    const packed = files.map((file) => deflateRawSync(readFileSync(file)).length)

    expect(packed.reduce((all, bytes) => all + bytes)).toBeLessThan(BUDGETS[name]?.zip as number)
  })

  it('loads little at a cold start, and what an invocation may not need on first use', () => {
    const loaded = filesLoadedWith(bundle)

    expect(textOf(loaded).length).toBeLessThan(BUDGETS[name]?.loaded as number)
    const onUse = textOf(files.filter((file) => file.endsWith('.cjs') && !loaded.includes(file)))
    for (const part of PARTS[name] ?? []) {
      expect(onUse).toContain(part)
      expect(textOf(loaded)).not.toContain(part)
    }
  })
})

describe('KafkaJS in a bundle', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startTestBroker()
  })
  afterAll(() => broker.stop())

  it('has its consumer, its admin client and idempotent producers on first use', async () => {
    const entry = path.join(folder, 'kafkaJs.ts')
    writeFileSync(
      entry,
      `export { Kafka, KafkaJSProtocolError } from ${JSON.stringify(path.join(root, 'node_modules/kafkajs'))}`,
    )
    const bundle = path.join(folder, 'kafkaJs.cjs')
    await bundleHandler(entry, bundle)
    const topic = uniqueName('bundled')

    const code = `
      const { Kafka, KafkaJSProtocolError } = require(${JSON.stringify(bundle)})
      const loaded = () => Object.keys(require.cache).some((file) => file.includes('kafkaJsOnUse'))
      const before = loaded()
      async function use() {
        const kafka = new Kafka({ brokers: ['${broker.brokers}'], logLevel: 0 })
        const admin = kafka.admin()
        await admin.connect()
        await admin.createTopics({ topics: [{ topic: '${topic}' }], waitForLeaders: true })
        const refused = await admin.createTopics({ topics: [{ topic: '//' }] }).catch(({ errors }) => errors[0])
        const producer = kafka.producer({ idempotent: true })
        await producer.connect()
        await producer.send({ topic: '${topic}', messages: [{ value: 'one' }] })
        const consumer = kafka.consumer({ groupId: '${topic}' })
        await consumer.connect()
        await consumer.subscribe({ topic: '${topic}', fromBeginning: true })
        const value = await new Promise((resolve) =>
          consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) }))
        await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
        return { before, after: loaded(), value, sameErrors: refused instanceof KafkaJSProtocolError }
      }
      use().then((seen) => console.log(JSON.stringify(seen)))`
    const child = spawn(process.execPath, ['-e', code], {
      env: { KAFKAJS_NO_PARTITIONER_WARNING: '1', NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })

    const seen = JSON.parse(await text(child.stdout))
    expect(seen).toEqual({ before: false, after: true, value: 'one', sameErrors: true })
  })
})

describe('authentication in a bundle', () => {
  const CREDENTIALS = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  }
  let bundle: string
  beforeAll(async () => {
    const entry = path.join(folder, 'entry.ts')
    writeFileSync(
      entry,
      `export * from ${JSON.stringify(path.join(root, 'shared/kafka/authentication/index.ts'))}`,
    )
    bundle = path.join(folder, 'entry.cjs')
    await bundleHandler(entry, bundle)
  })

  /** What connections authenticate with in such an environment, or why there is nothing. */
  async function authenticate(env: NodeJS.ProcessEnv): Promise<string> {
    const code = `
      const { openAuthentication, readAuthentication } = require(${JSON.stringify(bundle)})
      openAuthentication(readAuthentication(process.env)).options()
        .then(async ({ sasl }) => (await sasl.oauthBearerProvider?.())?.value ?? JSON.stringify(sasl))
        .catch(({ message }) => message)
        .then(console.log)`
    const child = spawn(process.execPath, ['-e', code], { env: { ...LAMBDA, ...env } })
    return text(child.stdout)
  }

  it('signs IAM tokens with the credentials that Lambda sets', async () => {
    const token = await authenticate({ KAFKA_AUTH: 'iam', ...CREDENTIALS })

    const signed = new URL(Buffer.from(token, 'base64url').toString())
    expect(signed.host).toBe('kafka.eu-central-1.amazonaws.com')
    expect(Object.fromEntries(signed.searchParams)).toMatchObject({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Credential': expect.stringMatching(/^AKIDEXAMPLE\/\d{8}\/eu-central-1\/kafka-cluster\//),
      'X-Amz-Security-Token': 'session',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('says that there are no credentials when Lambda sets none', async () => {
    const reason = await authenticate({ KAFKA_AUTH: 'iam', AWS_EC2_METADATA_DISABLED: 'true' })

    expect(reason).toMatch(/there are no AWS credentials to sign with: Could not load credentials/)
  })

  it('reads a secret with the credentials that Lambda sets', async () => {
    const secrets = await startHttpStandIn(() => ({
      body: JSON.stringify({ SecretString: '{"username":"orders","password":"p"}' }),
    }))

    const sasl = await authenticate({
      KAFKA_AUTH: 'scram',
      KAFKA_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders-AbCdEf',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      ...CREDENTIALS,
    })
    await secrets.close()

    expect(JSON.parse(sasl)).toEqual({ mechanism: 'scram-sha-512', username: 'orders', password: 'p' })
    expect(secrets.requests[0]?.headers.authorization).toContain('Credential=AKIDEXAMPLE/')
  })
})
