import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'

const MODULE = pathToFileURL('shared/kafka/authentication/index.ts').href
const SECRETS = '@aws-sdk/client-secrets-manager'
const SIGNER = 'aws-msk-iam-sasl-signer-js'
const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders-AbCdEf'

/** Prints the packages that are loaded once there is what a connection authenticates with, or it was found out that there is not. */
const PROGRAM = `
  const { openAuthentication, readAuthentication } = await import(${JSON.stringify(MODULE)})
  await openAuthentication(readAuthentication(process.env)).options().catch(() => {})
  const { createRequire } = await import('node:module')
  const files = Object.keys(createRequire(import.meta.url).cache)
  const packages = files.map((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1])
  console.log(JSON.stringify([...new Set(packages)]))
`

async function loadedWith(env: NodeJS.ProcessEnv): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ...env },
  })
  return JSON.parse(stdout)
}

describe('a cold start', () => {
  it.each([
    ['none', {}],
    ['tls', {}],
    ['scram', { KAFKA_USERNAME: 'ada', KAFKA_PASSWORD: 'x' }],
    ['mtls', { KAFKA_CLIENT_CERTIFICATE_FILE: 'missing', KAFKA_CLIENT_KEY_FILE: 'missing' }],
  ])('with %s and no secret loads nothing of AWS', async (method, env) => {
    const packages = await loadedWith({ KAFKA_AUTH: method, ...env })

    expect(packages.filter((name) => /aws|smithy/.test(name))).toEqual([])
  })

  it('with a secret loads the client for secrets, and not what signs for IAM', async () => {
    // Nobody answers there.
    const endpoint = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' }
    const packages = await loadedWith({ KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: SECRET_ARN, ...endpoint })

    expect(packages).toContain(SECRETS)
    expect(packages).not.toContain(SIGNER)
  })

  it('with iam loads what signs, and not the client for secrets', async () => {
    const packages = await loadedWith({ KAFKA_AUTH: 'iam', AWS_REGION: 'eu-central-1' })

    expect(packages).toContain(SIGNER)
    expect(packages).not.toContain(SECRETS)
  })
})
