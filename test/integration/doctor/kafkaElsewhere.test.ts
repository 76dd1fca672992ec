import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { freeStartPorts, runDoctor } from '../../helpers/doctor.ts'
import { type SecureBroker, startSecureBroker } from '../../helpers/secureKafka/secureBroker.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

let broker: SecureBroker

beforeAll(async () => {
  broker = await startSecureBroker()
})

afterAll(() => broker.remove())

const doctor = async (env: NodeJS.ProcessEnv) =>
  runDoctor(ROOT, await freeStartPorts(), { args: ['--local'], env })

it('is reached with the authentication of the environment', async () => {
  const { code, machine } = await doctor(broker.clients.scram)

  expect(machine).toContain(
    `ok Kafka ${broker.clients.scram.KAFKA_BROKERS} of KAFKA_BROKERS answers; no local one is needed`,
  )
  expect(code).toBe(0)
})

it('refuses a wrong password, and the finding says so', async () => {
  const { code, machine } = await doctor({ ...broker.clients.scram, KAFKA_PASSWORD: 'wrong' })

  expect(machine).toContainEqual(
    expect.stringMatching(
      /^broken Kafka KAFKA_BROKERS names a cluster that cannot be used: .* takes connections, but /,
    ),
  )
  expect(code).toBe(1)
})
