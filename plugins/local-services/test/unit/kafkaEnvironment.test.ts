import { describe, expect, it } from '@jest/globals'
import { clusterOf, ownBroker, publishKafka } from '../../src/kafkaEnvironment.ts'

const forAws = () => ({
  KAFKA_BROKERS: { 'Fn::GetAtt': ['BootstrapBrokers', 'Brokers'] },
  KAFKA_AUTH: 'scram',
  KAFKA_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_orders-AbCdEf',
})

describe('what is published', () => {
  it('of our own broker asks for no authentication, whatever is said for AWS and in the shell', () => {
    const service = {
      provider: { environment: { ...forAws(), LOG_FORMAT: 'text' } },
      functions: { createOrder: { environment: { ...forAws(), ORDER_DEADLINE_MS: 5 } }, notification: {} },
    }
    const env = {
      KAFKA_AUTH: 'mtls',
      KAFKA_CLIENT_KEY_FILE: 'key.pem',
      KAFKA_PORT: '9192',
      HOME: '/home/ada',
    }

    publishKafka(ownBroker('127.0.0.1:9192'), service, env)

    const published = { KAFKA_BROKERS: '127.0.0.1:9192', KAFKA_AUTH: 'none' }
    expect(service).toEqual({
      provider: { environment: { LOG_FORMAT: 'text', ...published } },
      functions: { createOrder: { environment: { ORDER_DEADLINE_MS: 5 } }, notification: {} },
    })
    expect(env).toEqual({ KAFKA_PORT: '9192', HOME: '/home/ada', ...published })
  })

  it('of another cluster is what the shell says, with nothing that was said for AWS', () => {
    const service = {
      provider: {},
      functions: { payment: { environment: forAws() } },
    }
    const ofShell = {
      KAFKA_BROKERS: 'b-1:9096',
      KAFKA_AUTH: 'scram',
      KAFKA_USERNAME: 'ada',
      KAFKA_PASSWORD: 'x',
    }
    const env = { ...ofShell, KAFKA_SECRET_ARN: '', HOME: '/home/ada' }

    publishKafka(clusterOf(env), service, env)

    expect(service).toEqual({
      provider: { environment: ofShell },
      functions: { payment: { environment: {} } },
    })
    expect(env).toEqual({ ...ofShell, HOME: '/home/ada' })
  })
})
