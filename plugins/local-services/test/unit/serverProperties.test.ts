import { describe, expect, it } from '@jest/globals'
import { serverProperties, toPropertiesText } from '../../src/serverProperties.ts'

describe('serverProperties', () => {
  const properties = serverProperties({ port: 9092, controllerPort: 19093, logDir: '/data/log' })

  it('listens on loopback only', () => {
    const addresses = [properties.listeners, properties['advertised.listeners']].flatMap((value) =>
      String(value).split(','),
    )

    expect(addresses).toEqual([
      'CLIENTS://127.0.0.1:9092',
      'CONTROLLER://127.0.0.1:19093',
      'CLIENTS://127.0.0.1:9092',
    ])
    expect(properties['controller.quorum.voters']).toBe('1@127.0.0.1:19093')
  })

  it('creates no topic by itself', () => {
    expect(properties['auto.create.topics.enable']).toBe(false)
  })
})

describe('toPropertiesText', () => {
  it('escapes what Java would read differently', () => {
    expect(toPropertiesText({ 'log.dirs': '/home/Zoë/c:\\x', n: 1 })).toBe(
      'log.dirs=/home/Zo\\u00eb/c:\\u005cx\nn=1\n',
    )
  })
})
