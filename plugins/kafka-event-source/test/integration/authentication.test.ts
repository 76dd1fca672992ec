import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { removeFolder, temporaryFolder } from '../../../../test/helpers/broker.ts'
import { type SecureBroker, startSecureBroker } from '../../../../test/helpers/secureKafka/secureBroker.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { ServerlessOffline } from '../helpers/serverless.ts'
import { TestCluster } from '../helpers/topics.ts'

const PLUGIN = fileURLToPath(new URL('../../index.ts', import.meta.url))
const NODE_MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const AWS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-key' }

/** Says what it got, and fails at "bad". */
const HANDLER = `export const handler = async ({ records }) => {
  for (const { value } of Object.values(records).flat()) {
    const text = Buffer.from(value, 'base64').toString()
    if (text === 'bad') throw new Error('a bad record')
    console.log('got', text)
  }
}
`

const folders: string[] = []
const started: ServerlessOffline[] = []
let broker: SecureBroker
let cluster: TestCluster

beforeAll(async () => {
  broker = await startSecureBroker()
  cluster = await TestCluster.connect(broker.plaintext)
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.kill()))
  for (const folder of folders.splice(0)) removeFolder(folder)
})
afterAll(async () => {
  await cluster?.close()
  await broker?.remove()
})

type Service = { readonly topic: string; readonly deadLetters: string; readonly custom?: object }

async function offline({ topic, deadLetters, custom = {} }: Service, environment: NodeJS.ProcessEnv) {
  const folder = temporaryFolder()
  folders.push(folder)
  const msk = {
    arn: 'arn:aws:kafka:us-east-1:000000000000:cluster/secure/00000000-0000-0000-0000-000000000000-0',
    ...{ topic, consumerGroupId: `${topic}-group`, batchSize: 1, maximumBatchingWindow: 0 },
    ...{ maximumRetryAttempts: 0, destinations: { onFailure: `kafka://${deadLetters}` } },
    provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 },
  }
  const service = {
    ...{ service: 'secure', configValidationMode: 'error', plugins: ['./plugin.ts', 'serverless-offline'] },
    ...{ custom, provider: { name: 'aws', runtime: 'nodejs24.x', region: 'eu-central-1' } },
    functions: { receive: { handler: 'handler.handler', events: [{ msk }] } },
  }
  writeFileSync(join(folder, 'serverless.yml'), JSON.stringify(service))
  writeFileSync(join(folder, 'plugin.ts'), `export { default } from ${JSON.stringify(PLUGIN)}\n`)
  writeFileSync(join(folder, 'handler.mjs'), HANDLER)
  symlinkSync(NODE_MODULES, join(folder, 'node_modules'))
  const server = await ServerlessOffline.start(['offline'], { KAFKA_BROKERS: '', ...environment }, { folder })
  started.push(server)
  return server
}

describe('serverless offline', () => {
  it.each(['tls', 'scram', 'iam', 'mtls'] as const)(
    'reads, commits and writes dead letters with KAFKA_AUTH=%s',
    async (method) => {
      const [topic, deadLetters] = [await cluster.topic(), await cluster.topic()]
      await cluster.produce(topic, ['a', 'bad', 'b'])

      const server = await offline({ topic, deadLetters }, { ...broker.clients[method], ...AWS })

      await server.prints('got b')
      await cluster.waitForCommitted(`${topic}-group`, topic, { 0: 3 })
      const letter = await waitFor(async () => (await cluster.values(deadLetters))[0], {
        what: 'the dead letter',
      })
      expect(JSON.parse(letter)).toMatchObject({
        KafkaBatchInfo: {
          recordInfo: { offset: '1' },
          bootstrapServers: broker.clients[method].KAFKA_BROKERS,
        },
      })
      server.child.kill('SIGINT')
      expect(await server.exit).toBe(0)
    },
  )

  it('authenticates as custom.kafkaEventSource says, with the Region of the provider', async () => {
    const [topic, deadLetters] = [await cluster.topic(), await cluster.topic()]
    await cluster.produce(topic, ['a'])
    const { KAFKA_BROKERS: brokers, KAFKA_CA_FILE } = broker.clients.iam

    const custom = { kafkaEventSource: { brokers, auth: 'iam' } }
    const environment = { KAFKA_CA_FILE, AWS_REGION: undefined, ...AWS }
    const server = await offline({ topic, deadLetters, custom }, environment)

    await server.prints('got a')
    const [{ token } = { token: '' }] = broker.gate.authenticated.slice(-1)
    expect(Buffer.from(token, 'base64url').toString()).toContain('https://kafka.eu-central-1.amazonaws.com/')
  })

  it('goes on reading over sessions of IAM that end', async () => {
    const [topic, deadLetters] = [await cluster.topic(), await cluster.topic()]
    // KafkaJS authenticates anew 10 s ahead of the end.
    broker.gate.sessionLifetimeMs = 11_500
    const since = broker.gate.authenticated.length
    const server = await offline({ topic, deadLetters }, { ...broker.clients.iam, ...AWS })
    const written: string[] = []

    await waitFor(
      async () => {
        await cluster.produce(topic, [`r-${written.length}`])
        written.push(`r-${written.length}`)
        await server.prints(`got ${written.at(-1)}`)
        const times = Map.groupBy(broker.gate.authenticated.slice(since), ({ connection }) => connection)
        return [...times.values()].filter((ofConnection) => ofConnection.length >= 3).length >= 2
      },
      { timeoutMs: 30_000, what: 'two connections that authenticated anew twice' },
    )

    broker.gate.sessionLifetimeMs = 0
    expect(server.lines('got ').map((line) => line.split('got ')[1])).toEqual(written)
    expect(server.output).not.toMatch(/does not answer|SASL|Error/)
  })

  it.each([
    ['a wrong password', { KAFKA_PASSWORD: 'hidden-password' }, 'the brokers refuse KAFKA_AUTH=scram: '],
    ['a part too few', { KAFKA_PASSWORD: '' }, 'KAFKA_PASSWORD: is missing, KAFKA_USERNAME needs it'],
    [
      'a secret beside the login',
      { KAFKA_SECRET_ARN: 'arn' },
      'KAFKA_SECRET_ARN: takes the place of KAFKA_USERNAME',
    ],
    ['no authority', { KAFKA_CA_FILE: '' }, 'the certificate of the brokers is not trusted'],
    [
      'another way',
      { KAFKA_AUTH: 'tls' },
      'KAFKA_USERNAME: goes with KAFKA_AUTH=scram, and KAFKA_AUTH is tls',
    ],
  ])('stops at the start with %s, and says what it is', async (_what, changes, message) => {
    const server = await offline(
      { topic: 'orders', deadLetters: 'dead' },
      { ...broker.clients.scram, ...changes },
    )

    expect(await server.exit).toBe(1)
    expect(server.output).toContain(message)
    expect(server.output).not.toContain('hidden-password')
    expect(server.output).not.toContain('    at ')
  })

  it('stops at the start with a port that is none for TLS, and says so', async () => {
    const server = await offline(
      { topic: 'orders', deadLetters: 'dead' },
      { ...broker.clients.scram, KAFKA_BROKERS: broker.plaintext },
    )

    expect(await server.exit).toBe(1)
    expect(server.output).toContain('the port may not be one for TLS, which KAFKA_AUTH=scram needs')
  })
})
