import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { checkParameters, LEAST_OUTCOME_DAYS } from '../../parameters.ts'

const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/theirs/0a1b-2'
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_orders-AbCdEf'
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0a1b'
const AUTHORITY = 'arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/0a1b'

/** As `resources/parameters.yml` has them for most stages. */
const DEFAULTS = {
  ...{ clusterArn: '', subnetIds: '', securityGroupIds: '', topics: 'create' },
  ...{ outcomes: 'create', outcomeDays: 90 },
  ...{ kafkaAuth: 'iam', kafkaSecretArn: '', kafkaSecretKeyArn: '', certificateAuthorityArn: '' },
  ...{ authorizer: 'none', jwtIssuer: '', jwtAudience: '', apiRateLimit: 50, apiBurstLimit: 100 },
  ...{
    createOrderConcurrency: { Ref: 'AWS::NoValue' },
    vpcCidr: '10.0.0.0/16',
    zones: 2,
    zoneNames: '',
    brokersPerZone: 1,
  },
  ...{ brokerType: 'kafka.m7g.large', brokerVolumeGiB: 10, replicationFactor: 2, minInsyncReplicas: 1 },
  ...{ deletionPolicy: 'Delete', alarmEmail: '', change: '' },
}
const EXISTING = { clusterArn: CLUSTER, subnetIds: 'subnet-1,subnet-2', securityGroupIds: 'sg-1' }

const problemsOf = (changes: object, stage = 'dev') =>
  checkParameters({ ...DEFAULTS, ...changes }, { stage, region: 'us-east-1' })

describe('the parameters of a deployment', () => {
  it.each([
    ['the defaults', {}],
    [
      'text, as the command line gives numbers',
      { zones: '3', replicationFactor: '3', minInsyncReplicas: '2' },
    ],
    ['an existing cluster', EXISTING],
    ['an existing cluster with its topics', { ...EXISTING, topics: 'existing' }],
    ['an existing cluster that asks nobody who comes', { ...EXISTING, kafkaAuth: 'tls' }],
    ['an existing cluster in plaintext', { ...EXISTING, kafkaAuth: 'none' }],
    [
      'a user of an existing cluster',
      { ...EXISTING, kafkaAuth: 'scram', kafkaSecretArn: SECRET, kafkaSecretKeyArn: KEY },
    ],
    ['a user of the own cluster', { kafkaAuth: 'scram' }],
    [
      'client certificates on the own cluster',
      { kafkaAuth: 'mtls', kafkaSecretArn: SECRET, certificateAuthorityArn: AUTHORITY },
    ],
    ['zones by their names', { zoneNames: 'us-east-1b,us-east-1d' }],
    ['tokens', { authorizer: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'orders' }],
    ['outcomes of an earlier stack, kept longer', { outcomes: 'existing', outcomeDays: '365' }],
    ['reserved concurrency', { createOrderConcurrency: '50' }],
    ['what goes when its deployment fails', { deletionPolicy: 'RetainExceptOnCreate' }],
    ['an address for alarms', { alarmEmail: 'ada@example.com' }],
  ])('go with %s', (_, changes) => {
    expect(problemsOf(changes)).toEqual([])
  })

  it.each([
    ['clusterArn', { ...EXISTING, clusterArn: 'theirs' }, /the ARN of an MSK cluster/],
    ['subnetIds', { ...EXISTING, subnetIds: '' }, /clusterArn needs them/],
    ['subnetIds', { ...EXISTING, subnetIds: 'subnet-1 subnet-2' }, /with commas/],
    ['subnetIds', { subnetIds: 'subnet-1' }, /goes with clusterArn/],
    ['securityGroupIds', { ...EXISTING, securityGroupIds: '' }, /clusterArn needs them/],
    ['securityGroupIds', { securityGroupIds: 'sg-1' }, /goes with clusterArn/],
    ['topics', { topics: 'existing' }, /existing goes with clusterArn/],
    ['topics', { topics: 'keep' }, /create, existing/],
    ['outcomes', { outcomes: 'keep' }, /create, existing/],
    ['outcomeDays', { outcomeDays: 36 }, /whole number from 37/],
    ['outcomeDays', { outcomeDays: '90.5' }, /whole number from 37/],
    ['kafkaAuth', { kafkaAuth: 'plain' }, /iam, scram, mtls, tls, none/],
    ['kafkaAuth', { kafkaAuth: 'tls' }, /iam, scram or mtls/],
    ['kafkaAuth', { kafkaAuth: 'none' }, /iam, scram or mtls/],
    ['kafkaSecretArn', { ...EXISTING, kafkaAuth: 'scram' }, /kafkaAuth scram needs it/],
    ['kafkaSecretArn', { ...EXISTING, kafkaAuth: 'mtls' }, /kafkaAuth mtls needs it/],
    ['kafkaSecretArn', { kafkaAuth: 'scram', kafkaSecretArn: SECRET }, /the stack makes the secret/],
    ['kafkaSecretArn', { kafkaSecretArn: SECRET }, /kafkaAuth iam uses no secret/],
    ['kafkaSecretKeyArn', { kafkaSecretKeyArn: KEY }, /goes with kafkaSecretArn/],
    ['certificateAuthorityArn', { kafkaAuth: 'mtls', kafkaSecretArn: SECRET }, /kafkaAuth mtls needs it/],
    ['certificateAuthorityArn', { certificateAuthorityArn: AUTHORITY }, /only/],
    ['authorizer', { authorizer: 'cognito' }, /none, jwt, iam/],
    ['jwtIssuer', { authorizer: 'jwt', jwtAudience: 'orders' }, /authorizer jwt needs it/],
    ['jwtIssuer', { authorizer: 'jwt', jwtIssuer: 'http://x', jwtAudience: 'orders' }, /https/],
    ['jwtIssuer', { jwtIssuer: 'https://issuer.example' }, /goes with authorizer jwt/],
    ['jwtAudience', { authorizer: 'jwt', jwtIssuer: 'https://issuer.example' }, /authorizer jwt needs it/],
    ['jwtAudience', { jwtAudience: 'orders' }, /goes with authorizer jwt/],
    ['apiRateLimit', { apiRateLimit: 0 }, /whole number from 1/],
    ['createOrderConcurrency', { createOrderConcurrency: 'many' }, /whole number/],
    ['vpcCidr', { vpcCidr: '10.0.0.0/24' }, /16 to/],
    ['vpcCidr', { vpcCidr: '10.0.0.0' }, /16 to/],
    ['zones', { zones: 4 }, /from 2 to 3/],
    ['zones', { zones: '2.5' }, /from 2 to 3/],
    ['zoneNames', { zoneNames: 'us-east-1a' }, /with commas/],
    ['zoneNames', { zoneNames: 'us-east-1a,us-east-1b,us-east-1c' }, /as zones says, 2/],
    ['zoneNames', { zoneNames: 'us-east-1a, us-east-1a' }, /each another/],
    ['zoneNames', { zoneNames: 'us-east-1a,eu-west-1a' }, /eu-west-1a is not in us-east-1/],
    ['clusterArn', { ...EXISTING, clusterArn: CLUSTER.replace('us-east-1', 'eu-west-1') }, /is in eu-west-1/],
    ['clusterArn', { ...EXISTING, clusterArn: `${CLUSTER}-s1` }, /MSK Serverless/],
    [
      'kafkaSecretArn',
      { ...EXISTING, kafkaAuth: 'scram', kafkaSecretArn: SECRET.replace('AmazonMSK_', '') },
      /begin with AmazonMSK_/,
    ],
    ['brokerType', { brokerType: 'express.m7g.large' }, /standard broker/],
    ['replicationFactor', { replicationFactor: 3, minInsyncReplicas: 2 }, /more than the 2 brokers/],
    ['minInsyncReplicas', { minInsyncReplicas: 2 }, /below replicationFactor/],
    ['deletionPolicy', { deletionPolicy: 'Snapshot' }, /Delete, Retain/],
    ['alarmEmail', { alarmEmail: 'ada' }, /e-mail address/],
  ])('are refused by the name of %s: %j', (name, changes, reason) => {
    const problems = problemsOf(changes)

    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name}: .*${reason.source}`))
  })

  it('must not leave prod open to all, and any other stage may', () => {
    const jwt = { authorizer: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'orders' }

    expect(problemsOf({}, 'prod')).toEqual([expect.stringMatching(/^authorizer: prod must not be open/)])
    expect(problemsOf(jwt, 'prod')).toEqual([])
    expect(problemsOf({ authorizer: 'iam' }, 'prod')).toEqual([])
    expect(problemsOf({}, 'test')).toEqual([])
  })

  it('may not be meant for a stage that nobody knows, or that is too long', () => {
    expect(problemsOf({ authorizer: 'iam' }, 'Prod')).toEqual([expect.stringMatching(/^stage: Prod .*prod/)])
    expect(problemsOf({}, 'a'.repeat(32))).toEqual([expect.stringMatching(/^stage: .*31 characters/)])
    expect(problemsOf({}, 'a'.repeat(31))).toEqual([])
  })

  it('tells all problems at once', () => {
    expect(problemsOf({ kafkaAuth: 'tls', zones: 3, replicationFactor: 4 }, 'prod')).toHaveLength(3)
  })
})

it('outcomes are kept at least as long as an order can come again, from orders and then from dead_letters', () => {
  const topics = readFileSync(path.join(import.meta.dirname, '../../../../resources/topics.yml'), 'utf8')
  const daysIn = (topic: string) => {
    const retention = new RegExp(`TopicName: ${topic}\\n[\\s\\S]*?"retention\\.ms": "(\\d+)"`).exec(
      topics,
    )?.[1]
    return Number(retention) / (24 * 60 * 60 * 1_000)
  }

  expect(LEAST_OUTCOME_DAYS).toBe(daysIn('orders') + daysIn('dead_letters'))
})
