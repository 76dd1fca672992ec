import { describe, expect, it } from '@jest/globals'
import { readKafkaSettings } from '../../src/settings.ts'

describe('readKafkaSettings', () => {
  it('takes port 9092 when nothing is said', () => {
    expect(readKafkaSettings({})).toEqual({ port: 9092, tls: false })
    expect(readKafkaSettings({ KAFKA_BROKERS: '', KAFKA_PORT: '' })).toEqual({ port: 9092, tls: false })
  })

  it('reads several brokers, names and addresses', () => {
    const { brokers } = readKafkaSettings({ KAFKA_BROKERS: 'b-1.example:9092, 10.0.0.1:9094,[::1]:9092' })

    expect(brokers).toEqual(['b-1.example:9092', '10.0.0.1:9094', '[::1]:9092'])
  })

  it.each(['localhost', 'localhost:', 'localhost:0', 'localhost:70000', 'http://a:1', 'a:1,', ':9092'])(
    'refuses KAFKA_BROKERS=%s',
    (brokers) => {
      expect(() => readKafkaSettings({ KAFKA_BROKERS: brokers })).toThrow(
        `KAFKA_BROKERS is ${JSON.stringify(brokers)}, but must be host:port[,host:port]`,
      )
    },
  )

  it.each(['0', '65536', '9092x', '-1'])('refuses KAFKA_PORT=%s', (port) => {
    expect(() => readKafkaSettings({ KAFKA_PORT: port })).toThrow('KAFKA_PORT')
  })
})
