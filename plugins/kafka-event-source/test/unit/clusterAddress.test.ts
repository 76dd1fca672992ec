import { expect, it } from '@jest/globals'
import { clusterAddress } from '../../src/settings/clusterAddress.ts'

it.each([
  [{ KAFKA_BROKERS: 'a:1, b:2', KAFKA_AUTH: 'tls' }, { brokers: 'c:3' }, ['a:1', 'b:2'], 'tls'],
  [{ KAFKA_BROKERS: 'a:1' }, undefined, ['a:1'], 'none'],
  [{ KAFKA_BROKERS: 'a:1' }, { brokers: 'c:3', auth: 'tls' }, ['a:1'], 'none'],
  [{ KAFKA_BROKERS: '' }, { brokers: 'c:3,d:4' }, ['c:3', 'd:4'], 'none'],
  [{}, { brokers: ['c:3'], tls: true }, ['c:3'], 'tls'],
  [{}, { brokers: ['c:3'], auth: 'tls' }, ['c:3'], 'tls'],
  [{ AWS_REGION: 'eu-central-1' }, { brokers: ['c:3'], auth: 'iam' }, ['c:3'], 'iam'],
  [
    { KAFKA_AUTH: 'scram', KAFKA_USERNAME: 'a', KAFKA_PASSWORD: 'p' },
    { brokers: 'c:3', auth: 'tls' },
    ['c:3'],
    'scram',
  ],
])('takes the environment %j before custom.kafkaEventSource %j', (environment, custom, brokers, method) => {
  expect(clusterAddress(environment, custom)).toMatchObject({ brokers, authentication: { method } })
})

it('wants what goes with the authentication, wherever that was named', () => {
  expect(() => clusterAddress({}, { brokers: 'c:3', auth: 'scram' })).toThrow('KAFKA_SECRET_ARN: is missing')
})

it.each([undefined, {}, { brokers: [] }])('says what to set when neither names brokers: %j', (custom) => {
  expect(() => clusterAddress({}, custom)).toThrow(
    'set KAFKA_BROKERS=host:port, or custom.kafkaEventSource.brokers',
  )
})
