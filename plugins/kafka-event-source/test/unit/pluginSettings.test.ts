import { expect, it } from '@jest/globals'
import { pluginSettings } from '../../src/settings/pluginSettings.ts'

it.each([
  undefined,
  null,
  {},
  { brokers: 'a:1,b:2' },
  { brokers: ['a:1'], tls: true },
  { auth: 'iam' },
  { typeScript: 'node' },
])('reads %j', (custom) => {
  expect(pluginSettings(custom)).toMatchObject(custom ?? {})
})

it.each([
  [{ broker: 'a:1' }, 'custom.kafkaEventSource.broker: is not a setting'],
  [{ brokers: 5 }, 'custom.kafkaEventSource.brokers: must be host:port, or a list of them'],
  [{ auth: 'plain' }, 'custom.kafkaEventSource.auth: must be none or tls or scram or iam or mtls'],
  [{ typeScript: 'swc' }, 'custom.kafkaEventSource.typeScript: must be tsx or node'],
  [{ tls: 'yes' }, 'custom.kafkaEventSource.tls: must be true or false'],
  [{ retryPause: { firstMs: 0 } }, 'custom.kafkaEventSource.retryPause.firstMs: must be 1 at least'],
  [{ retryPause: { firstMs: 1.5 } }, 'custom.kafkaEventSource.retryPause.firstMs: must be a whole number'],
  ['a:1', 'custom.kafkaEventSource: must be a map of keys'],
])('refuses %j', (custom, problem) => {
  expect(() => pluginSettings(custom)).toThrow(problem)
})
