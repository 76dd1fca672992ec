import { describe, expect, it } from '@jest/globals'
import { SettingsError } from '../../../shared/errors.ts'
import { readSettings } from '../../../shared/settings.ts'

describe('the settings', () => {
  it('have defaults', () => {
    expect(readSettings({})).toEqual({
      kafka: { brokers: [], auth: { method: 'none' }, attemptTimeoutMs: 1_500 },
      patienceMs: Number.POSITIVE_INFINITY,
      gateway: { url: undefined, timeoutMs: 10_000 },
      outcomes: { table: undefined, days: 90, attemptTimeoutMs: 1_500, endpoint: undefined },
      orderDeadlineMs: 5_000,
      paymentMaxDelayMs: 2_000,
      batchConcurrency: 50,
      produceReserveMs: 5_000,
      logFormat: 'json',
      local: false,
    })
  })

  it('read several brokers, and an empty text as nothing', () => {
    expect(readSettings({ KAFKA_BROKERS: 'a:1, b:2,', PAYMENT_MAX_DELAY_MS: '' })).toMatchObject({
      kafka: { brokers: ['a:1', 'b:2'] },
      paymentMaxDelayMs: 2_000,
    })
  })

  it.each(['IS_OFFLINE', 'IS_LOCAL'])('log readable lines under %s', (variable) => {
    expect(readSettings({ [variable]: 'true' })).toMatchObject({ local: true, logFormat: 'text' })
  })

  it.each([
    ['KAFKA_BROKERS', 'localhost'],
    ['KAFKA_AUTH', 'plain'],
    ['PAYMENT_MAX_DELAY_MS', '-1'],
    ['PAYMENT_MAX_DELAY_MS', '2s'],
    ['ORDER_DEADLINE_MS', '30000'],
    ['BATCH_CONCURRENCY', '0'],
  ])('refuse %s=%s by its name', (variable, value) => {
    const read = () => readSettings({ [variable]: value })

    expect(read).toThrow(SettingsError)
    expect(read).toThrow(variable)
  })

  it('tell all that is wrong at once, with the authentication', () => {
    const read = () => readSettings({ KAFKA_AUTH: 'scram', KAFKA_USERNAME: 'ada', BATCH_CONCURRENCY: '0' })

    expect(read).toThrow(SettingsError)
    expect(read).toThrow(/BATCH_CONCURRENCY .*; KAFKA_PASSWORD: is missing/)
  })
})
