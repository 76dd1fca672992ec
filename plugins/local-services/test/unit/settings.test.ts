import { describe, expect, it } from '@jest/globals'
import { readDynamoDbSettings, readKafkaSettings } from '../../src/settings.ts'

describe('readKafkaSettings', () => {
  it('takes port 9092 when nothing is said', () => {
    const settings = { port: 9092, authentication: { method: 'none' } }

    expect(readKafkaSettings({})).toEqual(settings)
    expect(readKafkaSettings({ KAFKA_BROKERS: '', KAFKA_PORT: '' })).toEqual(settings)
  })

  it('reads the authentication of another Kafka, which our own does not ask for', () => {
    const login = { username: 'ada', password: 'x' }
    const env = { KAFKA_AUTH: 'scram', KAFKA_USERNAME: 'ada', KAFKA_PASSWORD: 'x' }

    expect(readKafkaSettings({ KAFKA_BROKERS: 'a:1', ...env }).authentication).toEqual({
      method: 'scram',
      login,
    })
    expect(readKafkaSettings({ ...env, KAFKA_AUTH: 'iam' }).authentication).toEqual({ method: 'none' })
  })

  it('refuses an authentication that lacks a part', () => {
    expect(() => readKafkaSettings({ KAFKA_BROKERS: 'a:1', KAFKA_AUTH: 'mtls' })).toThrow(
      'For the Kafka of KAFKA_BROKERS: KAFKA_SECRET_ARN: is missing',
    )
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

describe('readDynamoDbSettings', () => {
  it('takes port 8000 when nothing is said', () => {
    expect(readDynamoDbSettings({})).toEqual({ port: 8000 })
    expect(readDynamoDbSettings({ DYNAMODB_ENDPOINT: '', DYNAMODB_PORT: '' })).toEqual({ port: 8000 })
  })

  it('reads the port, or the endpoint of another', () => {
    expect(readDynamoDbSettings({ DYNAMODB_PORT: '8100' })).toEqual({ port: 8100 })
    expect(readDynamoDbSettings({ DYNAMODB_ENDPOINT: 'http://db:8000' })).toMatchObject({
      endpoint: 'http://db:8000',
    })
  })

  it.each(['127.0.0.1:8000', 'localhost:8000', 'ftp://db:8000', 'here'])(
    'refuses DYNAMODB_ENDPOINT=%s',
    (endpoint) => {
      expect(() => readDynamoDbSettings({ DYNAMODB_ENDPOINT: endpoint })).toThrow(
        `DYNAMODB_ENDPOINT is ${JSON.stringify(endpoint)}, but must be a URL, such as http://127.0.0.1:8000.`,
      )
    },
  )

  it.each(['0', '65536', '8000x'])('refuses DYNAMODB_PORT=%s', (port) => {
    expect(() => readDynamoDbSettings({ DYNAMODB_PORT: port })).toThrow('DYNAMODB_PORT')
  })
})
