import { expect, it } from '@jest/globals'
import type { ArnOrReference } from '../../../src/onFailure/failedBatch.ts'
import { localArn, nameInArn, regionInArn } from '../../../src/onFailure/localArn.ts'

const resources = {
  Named: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders-dlq' } },
  Unnamed: { Type: 'AWS::SQS::Queue' },
  ByStage: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': `dlq-\${AWS::Region}` } } },
  Alerts: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'order-alerts' } },
  Failures: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'order-failures' } },
}
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:orders-dlq'
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:order-alerts'
const BUCKET = 'arn:aws:s3:::order-failures'

it.each<['sqs' | 'sns' | 's3', ArnOrReference, string]>([
  ['sqs', 'arn:aws:sqs:eu-west-1:123456789012:q', 'arn:aws:sqs:eu-west-1:123456789012:q'],
  ['sqs', { 'Fn::GetAtt': ['Named', 'Arn'] }, QUEUE],
  ['sqs', { 'Fn::GetAtt': 'Named.Arn' }, QUEUE],
  ['sqs', { 'Fn::GetAtt': ['Unnamed', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Unnamed'],
  ['sqs', { 'Fn::GetAtt': ['Elsewhere', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Elsewhere'],
  ['sqs', { 'Fn::GetAtt': ['ByStage', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:dlq-us-east-1'],
  ['sqs', { 'Fn::ImportValue': 'shared-dlq' }, 'arn:aws:sqs:us-east-1:000000000000:shared-dlq'],
  ['sqs', { 'Fn::Sub': `\${Named.Arn}` }, QUEUE],
  ['sqs', { 'Fn::Sub': `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:orders-dlq` }, QUEUE],
  ['sqs', { 'Fn::Sub': [`arn:aws:sqs:us-east-1:000000000000:\${name}`, { name: 'orders-dlq' }] }, QUEUE],
  [
    'sqs',
    {
      'Fn::Join': [
        ':',
        [
          'arn:aws:sqs',
          { Ref: 'AWS::Region' },
          { Ref: 'AWS::AccountId' },
          { 'Fn::GetAtt': ['Named', 'QueueName'] },
        ],
      ],
    },
    QUEUE,
  ],
  ['sns', { Ref: 'Alerts' }, TOPIC],
  ['sns', { 'Fn::GetAtt': ['Alerts', 'TopicArn'] }, TOPIC],
  ['s3', { 'Fn::GetAtt': ['Failures', 'Arn'] }, BUCKET],
  ['s3', { 'Fn::Sub': `arn:aws:s3:::\${Failures}` }, BUCKET],
  ['s3', { 'Fn::GetAtt': ['Unknown', 'Arn'] }, 'arn:aws:s3:::Unknown'],
])('%s %j is %s', (type, arn, local) => {
  expect(localArn({ type, arn }, resources)).toBe(local)
})

it('has the region that is asked for', () => {
  expect(localArn({ type: 'sqs', arn: { 'Fn::GetAtt': ['Named', 'Arn'] } }, resources, 'eu-west-1')).toBe(
    'arn:aws:sqs:eu-west-1:000000000000:orders-dlq',
  )
})

it('says what it cannot resolve', () => {
  expect(() => localArn({ type: 'sqs', arn: { 'Fn::If': ['a', 'b', 'c'] } }, {})).toThrow(
    'onFailure: {"Fn::If":["a","b","c"]} cannot be resolved locally; use an ARN, Ref',
  )
})

it('finds name and region in an ARN', () => {
  expect([QUEUE, TOPIC, BUCKET].map(nameInArn)).toEqual(['orders-dlq', 'order-alerts', 'order-failures'])
  expect([QUEUE, BUCKET].map(regionInArn)).toEqual(['us-east-1', undefined])
})
