import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bundleHandler } from '../../plugins/bundle/src/bundleHandler.ts'
import { handlerModule } from '../../plugins/bundle/src/handlerModule.ts'
import { startHttpStandIn } from '../helpers/httpStandIn.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** The handlers that serverless.yml names. */
const handlers = [
  ...readFileSync(path.join(root, 'serverless.yml'), 'utf8').matchAll(/^ +handler: (\S+)$/gm),
].map(([, handler]) => handler as string)

/** What Lambda sets for each function, and nothing of this machine. */
const LAMBDA = { AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: 'test' }

/** The most that a bundle may have in its zip, in bytes: it is loaded at each cold start. */
const BUDGETS: Record<string, number> = { createOrder: 260_000, payment: 350_000, notification: 350_000 }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bundles-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(handlers)('the bundle of %s', (handler) => {
  const { source, exported } = handlerModule(handler)
  const name = path.basename(path.dirname(source))
  let bundle: string
  beforeAll(async () => {
    bundle = path.join(folder, `${name}.cjs`)
    await bundleHandler(path.join(root, `${source}.ts`), bundle)
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
    const packed = deflateRawSync(readFileSync(bundle), { level: 9 }).length

    expect(packed).toBeLessThan(BUDGETS[name] ?? 260_000)
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
