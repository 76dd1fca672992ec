import { expect, it } from '@jest/globals'
import { installed } from '../../../../../shared/installed.ts'
import { reason } from '../../../src/onFailure/AwsDestination.ts'
import { awsCredentials, awsEndpoint } from '../../../src/onFailure/awsEndpoint.ts'
import { s3Key } from '../../../src/onFailure/s3Key.ts'
import { aRecord } from '../../helpers/records.ts'

it('is what the environment names, a service before all services', () => {
  const environment = { AWS_ENDPOINT_URL: 'http://all:1', AWS_ENDPOINT_URL_SQS: 'https://queues:2' }

  expect(awsEndpoint('sqs', environment)).toBe('https://queues:2')
  expect(awsEndpoint('sns', environment)).toBe('http://all:1')
  expect(awsEndpoint('s3', { AWS_ENDPOINT_URL: '' })).toBeUndefined()
  expect(awsEndpoint('s3', { AWS_ENDPOINT_URL_SQS: 'http://queues:2' })).toBeUndefined()
})

it.each(['localhost:4566', 'http://', 'nonsense'])('refuses %s, and says which variable has it', (url) => {
  expect(() => awsEndpoint('s3', { AWS_ENDPOINT_URL_S3: url })).toThrow(
    `AWS_ENDPOINT_URL_S3: ${url} is no URL; it looks like http://localhost:4566`,
  )
})

it('takes the credentials of the environment, or some that only a local endpoint accepts', () => {
  expect(
    awsCredentials({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' }),
  ).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' })
  expect(awsCredentials({ AWS_ACCESS_KEY_ID: 'id' })).toEqual({
    accessKeyId: 'local',
    secretAccessKey: 'local',
  })
})

it('says which package of the AWS SDK is missing', async () => {
  const missing = 'no-such-package'

  await expect(installed(missing, () => import(missing))).rejects.toThrow(
    'no-such-package is not installed: npm install --save-dev no-such-package',
  )
  await expect(installed('broken', () => Promise.reject(new Error('its own error')))).rejects.toThrow(
    'its own error',
  )
})

it('says why a request failed', () => {
  const refused = Object.assign(new AggregateError([new Error('::1'), new Error('127.0.0.1')]), {
    code: 'ECONNREFUSED',
  })
  const missing = Object.assign(new Error('no such queue'), { name: 'QueueDoesNotExist' })

  expect(reason(refused)).toBe('ECONNREFUSED')
  expect(reason(missing)).toBe('QueueDoesNotExist: no such queue')
  expect(reason(new Error('connect ECONNREFUSED 127.0.0.1:1'))).toBe('connect ECONNREFUSED 127.0.0.1:1')
})

it('names objects by mapping, partition and second', () => {
  const at = new Date('2026-01-02T03:04:05.999Z')

  expect(s3Key('payment', aRecord({ partition: 4 }), at, '0-1')).toBe(
    'aws/lambda/payment/orders-4/2026/01/02/2026-01-02T03.04.05-0-1',
  )
})
