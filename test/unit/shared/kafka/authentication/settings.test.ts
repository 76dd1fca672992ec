import { describe, expect, it } from '@jest/globals'
import {
  AUTHENTICATION_VARIABLES,
  AuthenticationSettingsError,
  readAuthentication,
} from '../../../../../shared/kafka/authentication/index.ts'

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders-AbCdEf'

const problemsOf = (environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readAuthentication(environment)
  } catch (error) {
    if (error instanceof AuthenticationSettingsError) return error.problems
    throw error
  }
  return []
}

describe('the authentication', () => {
  it.each([
    [{}, { method: 'none' }],
    [{ KAFKA_AUTH: '', KAFKA_CA_FILE: '', KAFKA_SECRET_ARN: '' }, { method: 'none' }],
    [{ KAFKA_AUTH: 'tls' }, { method: 'tls' }],
    [
      { KAFKA_AUTH: 'tls', KAFKA_CA_FILE: 'ca.pem' },
      { method: 'tls', caFile: 'ca.pem' },
    ],
    [
      { KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: SECRET },
      { method: 'scram', login: { secretArn: SECRET } },
    ],
    [
      { KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: '', KAFKA_USERNAME: 'ada', KAFKA_PASSWORD: 'x' },
      { method: 'scram', login: { username: 'ada', password: 'x' } },
    ],
    [
      { KAFKA_AUTH: 'iam', AWS_REGION: 'eu-central-1' },
      { method: 'iam', region: 'eu-central-1' },
    ],
    [
      { KAFKA_AUTH: 'mtls', KAFKA_SECRET_ARN: SECRET },
      { method: 'mtls', certificate: { secretArn: SECRET } },
    ],
    [
      { KAFKA_AUTH: 'mtls', KAFKA_CLIENT_CERTIFICATE_FILE: 'c', KAFKA_CLIENT_KEY_FILE: 'k' },
      { method: 'mtls', certificate: { certificateFile: 'c', keyFile: 'k' } },
    ],
    [
      {
        KAFKA_AUTH: 'mtls',
        KAFKA_CLIENT_CERTIFICATE_FILE: 'c',
        KAFKA_CLIENT_KEY_FILE: 'k',
        KAFKA_CLIENT_KEY_PASSWORD: 'p',
      },
      { method: 'mtls', certificate: { certificateFile: 'c', keyFile: 'k', keyPassword: 'p' } },
    ],
  ])('is read from %j', (environment, settings) => {
    expect(readAuthentication(environment)).toEqual(settings)
  })

  it.each([
    [{ KAFKA_AUTH: 'SCRAM' }, ['KAFKA_AUTH ("SCRAM"): must be none, tls, scram, iam or mtls']],
    [
      { KAFKA_AUTH: 'scram' },
      ['KAFKA_SECRET_ARN: is missing, KAFKA_AUTH=scram needs it; or set KAFKA_USERNAME and KAFKA_PASSWORD'],
    ],
    [
      { KAFKA_AUTH: 'mtls' },
      [
        'KAFKA_SECRET_ARN: is missing, KAFKA_AUTH=mtls needs it; or set KAFKA_CLIENT_CERTIFICATE_FILE and KAFKA_CLIENT_KEY_FILE',
      ],
    ],
    [{ KAFKA_AUTH: 'scram', KAFKA_PASSWORD: 'x' }, ['KAFKA_USERNAME: is missing, KAFKA_PASSWORD needs it']],
    [
      { KAFKA_AUTH: 'mtls', KAFKA_CLIENT_KEY_PASSWORD: 'x' },
      [
        'KAFKA_CLIENT_CERTIFICATE_FILE: is missing, KAFKA_CLIENT_KEY_PASSWORD needs it',
        'KAFKA_CLIENT_KEY_FILE: is missing, KAFKA_CLIENT_KEY_PASSWORD needs it',
      ],
    ],
    [{ KAFKA_AUTH: 'iam' }, ['AWS_REGION: is missing, KAFKA_AUTH=iam needs the Region of the cluster']],
    [
      { KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: 'AmazonMSK_orders' },
      ['KAFKA_SECRET_ARN ("AmazonMSK_orders"): must be the ARN of a secret'],
    ],
    [
      { KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: SECRET, KAFKA_USERNAME: 'ada' },
      ['KAFKA_SECRET_ARN: takes the place of KAFKA_USERNAME; unset one or the other'],
    ],
    [
      { KAFKA_AUTH: 'tls', KAFKA_USERNAME: 'ada', KAFKA_PASSWORD: 'x' },
      [
        'KAFKA_USERNAME: goes with KAFKA_AUTH=scram, and KAFKA_AUTH is tls; unset one of the two',
        'KAFKA_PASSWORD: goes with KAFKA_AUTH=scram, and KAFKA_AUTH is tls; unset one of the two',
      ],
    ],
    [
      { KAFKA_SECRET_ARN: SECRET },
      ['KAFKA_SECRET_ARN: goes with KAFKA_AUTH=scram or mtls, and KAFKA_AUTH is none; unset one of the two'],
    ],
    [
      { KAFKA_CA_FILE: 'ca.pem' },
      [
        'KAFKA_CA_FILE: goes with KAFKA_AUTH=tls or scram or iam or mtls, and KAFKA_AUTH is none; unset one of the two',
      ],
    ],
    [
      { KAFKA_AUTH: 'iam', AWS_REGION: 'eu-central-1', KAFKA_CLIENT_KEY_FILE: 'k' },
      ['KAFKA_CLIENT_KEY_FILE: goes with KAFKA_AUTH=mtls, and KAFKA_AUTH is iam; unset one of the two'],
    ],
  ])('refuses %j and says what to set', (environment, problems) => {
    expect(problemsOf(environment)).toEqual(problems)
  })

  it('never tells a password', () => {
    const hidden = 'hidden-password'
    const environment = { KAFKA_AUTH: 'tls', KAFKA_PASSWORD: hidden, KAFKA_CLIENT_KEY_PASSWORD: hidden }

    expect(problemsOf(environment)).toHaveLength(2)
    expect(problemsOf(environment).join()).not.toContain(hidden)
  })

  it('has these variables', () => {
    expect(AUTHENTICATION_VARIABLES.toSorted()).toEqual([
      'KAFKA_AUTH',
      'KAFKA_CA_FILE',
      'KAFKA_CLIENT_CERTIFICATE_FILE',
      'KAFKA_CLIENT_KEY_FILE',
      'KAFKA_CLIENT_KEY_PASSWORD',
      'KAFKA_PASSWORD',
      'KAFKA_SECRET_ARN',
      'KAFKA_USERNAME',
    ])
  })
})
