import { expect, it } from '@jest/globals'
import { clusterAddress } from '../../src/settings/clusterAddress.ts'

it.each([
  [
    { KAFKA_BROKERS: 'a:1, b:2', KAFKA_AUTH: 'tls' },
    { brokers: 'c:3' },
    { brokers: ['a:1', 'b:2'], tls: true },
  ],
  [{ KAFKA_BROKERS: 'a:1' }, undefined, { brokers: ['a:1'], tls: false }],
  [{ KAFKA_BROKERS: '' }, { brokers: 'c:3,d:4' }, { brokers: ['c:3', 'd:4'], tls: false }],
  [{}, { brokers: ['c:3'], tls: true }, { brokers: ['c:3'], tls: true }],
])('takes the environment %j before custom.kafkaEventSource %j', (environment, custom, address) => {
  expect(clusterAddress(environment, custom)).toEqual(address)
})

it.each([undefined, {}, { brokers: [] }])('says what to set when neither names brokers: %j', (custom) => {
  expect(() => clusterAddress({}, custom)).toThrow(
    'set KAFKA_BROKERS=host:port, or custom.kafkaEventSource.brokers',
  )
})
