import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { evaluatedTemplateOf, isPackaged, PACKAGING_TIMEOUT_MS, packageVariants } from './packages.ts'
import { pythonProgram } from './pythonEnvironment.ts'
import type { Evaluated } from './template/evaluate.ts'
import { idOf, propertiesOf } from './template/lookUp.ts'
import { allowedTo, policiesOf } from './template/permissions.ts'
import { THEIR_CLUSTER, THEIR_KEY, THEIR_SECRET, VARIANT_NAMES, type Variant } from './variants.ts'

/** Findings of parliament that stay, each with the reason. */
const EXCEPTIONS = [
  // Lambda does not accept narrower resources (docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
  'RESOURCE_STAR ec2:AssignPrivateIpAddresses',
  'RESOURCE_STAR ec2:CreateNetworkInterface',
  'RESOURCE_STAR ec2:DeleteNetworkInterface',
  'RESOURCE_STAR ec2:UnassignPrivateIpAddresses',
  // Lambda sets this key in the requests of a function's own code, whatever the action
  // (docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html); parliament goes by the lists of actions.
  'UNKNOWN_CONDITION_FOR_ACTION lambda:SourceFunctionArn',
]

/** With IAM authentication, what each role may do on the cluster's data plane, and nothing else. */
const ON_KAFKA: Record<string, string[]> = {
  CreateOrderRole: ['Connect cluster', 'DescribeTopic topic/orders', 'WriteData topic/orders'],
  // A mapping reads with its function's role (docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html).
  PaymentRole: [
    'AlterGroup group/payment_service',
    'Connect cluster',
    'DescribeCluster cluster',
    'DescribeClusterDynamicConfiguration cluster',
    'DescribeGroup group/payment_service',
    'DescribeTopic topic/dead_letters',
    'DescribeTopic topic/order_status',
    'DescribeTopic topic/orders',
    'ReadData topic/orders',
    'WriteData topic/dead_letters',
    'WriteData topic/order_status',
  ],
  NotificationRole: [
    'AlterGroup group/notification_service',
    'Connect cluster',
    'DescribeCluster cluster',
    'DescribeClusterDynamicConfiguration cluster',
    'DescribeGroup group/notification_service',
    'DescribeTopic topic/dead_letters',
    'DescribeTopic topic/order_status',
    'ReadData topic/order_status',
    'WriteData topic/dead_letters',
  ],
  BootstrapBrokersRole: [],
}

const ROLES = Object.keys(ON_KAFKA)

const WITH_IAM: Variant[] = ['dev', 'prod', 'prodSigned', 'existing', 'existingTopics']
const WITHOUT_IAM = VARIANT_NAMES.filter((name) => !WITH_IAM.includes(name))

const OF_FUNCTION_IN_VPC = [
  'ec2:AssignPrivateIpAddresses *',
  'ec2:CreateNetworkInterface *',
  'ec2:DeleteNetworkInterface *',
  'ec2:DescribeNetworkInterfaces *',
  'ec2:DescribeSubnets *',
  'ec2:UnassignPrivateIpAddresses *',
]
const OF_MAPPING = [
  'ec2:CreateNetworkInterface *',
  'ec2:DeleteNetworkInterface *',
  'ec2:DescribeNetworkInterfaces *',
  'ec2:DescribeSecurityGroups *',
  'ec2:DescribeSubnets *',
  'ec2:DescribeVpcs *',
  'kafka:DescribeCluster cluster',
  'kafka:DescribeClusterV2 cluster',
  'kafka:GetBootstrapBrokers *',
]

/** Logs and traces, with which every function's role begins. */
const ofFunction = (name: string) => [
  `logs:CreateLogStream logs/${name}`,
  `logs:PutLogEvents logs/${name}`,
  'xray:PutTelemetryRecords *',
  'xray:PutTraceSegments *',
]

/** What a role may do besides, whatever the authentication. */
const BESIDES_KAFKA: Record<string, string[]> = {
  CreateOrderRole: [...ofFunction('createOrder'), ...OF_FUNCTION_IN_VPC],
  PaymentRole: [
    ...ofFunction('payment'),
    ...OF_FUNCTION_IN_VPC,
    ...OF_MAPPING,
    'dynamodb:UpdateItem outcomes',
  ],
  NotificationRole: [
    ...ofFunction('notification'),
    ...OF_FUNCTION_IN_VPC,
    ...OF_MAPPING,
    'dynamodb:UpdateItem outcomes',
  ],
  BootstrapBrokersRole: [...ofFunction('bootstrapBrokers'), 'kafka:GetBootstrapBrokers *'],
}

/** The secret of a variant and the key that it is encrypted with. */
const SECRETS: Partial<Record<Variant, { secret: string; key: string }>> = {
  scram: {
    secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_orders-on-kafka-dev-a1B2c3',
    key: 'arn:aws:kms:us-east-1:123456789012:key/KafkaUserKey',
  },
  mtls: { secret: THEIR_SECRET, key: THEIR_KEY },
  existingScram: { secret: THEIR_SECRET, key: THEIR_KEY },
  existingMtls: { secret: THEIR_SECRET, key: THEIR_KEY },
}

const tableArnOf = ({ outputs }: Evaluated) =>
  `arn:aws:dynamodb:us-east-1:123456789012:table/${outputs.OutcomesTable}`

const clusterOf = ({ outputs }: Evaluated) => String(outputs.ClusterArn)

/** `kafka-cluster:ReadData arn:…:topic/name/uuid/orders` as `kafka-cluster:ReadData topic/orders`, for the stack's own cluster only. */
function inShort(permission: string, template: Evaluated): string {
  const cluster = clusterOf(template)
  return permission
    .replace(cluster, 'cluster')
    .replace(tableArnOf(template), 'outcomes')
    .replace(cluster.replace(':cluster/', ':topic/'), 'topic')
    .replace(cluster.replace(':cluster/', ':group/'), 'group')
    .replace(
      /arn:aws:logs:us-east-1:123456789012:log-group:\/aws\/lambda\/orders-on-kafka-\w+-(\w+):\*$/,
      'logs/$1',
    )
}

const sorted = (permissions: string[]) => [...new Set(permissions)].sort()

describe('the roles', () => {
  beforeAll(() => packageVariants(), PACKAGING_TIMEOUT_MS)

  describe('parliament', () => {
    let found: { id: string; name: string }[]

    beforeAll(() => {
      const policies = VARIANT_NAMES.filter(isPackaged).flatMap((variant) =>
        Object.entries(policiesOf(evaluatedTemplateOf(variant))).map(([name, policy]) => [
          `${variant}: ${name}`,
          policy,
        ]),
      )
      const { stdout, stderr } = spawnSync(
        pythonProgram('python'),
        [path.join(import.meta.dirname, 'check_policies.py')],
        { input: JSON.stringify(Object.fromEntries(policies)), encoding: 'utf8' },
      )
      if (!stdout.startsWith('[')) throw new Error(`parliament did not run: ${stderr}`)
      found = (JSON.parse(stdout) as { name: string; issue: string; detail: string | string[] }[]).flatMap(
        ({ name, issue, detail }) =>
          [detail].flat().map((text) => ({ name, id: `${issue} ${subjectOf(issue, text)}` })),
      )
    })

    it('finds nothing but what is named above', () => {
      expect(found.filter(({ id }) => !EXCEPTIONS.includes(id))).toEqual([])
    })

    it('every exception is still needed', () => {
      expect(EXCEPTIONS.filter((exception) => !found.some(({ id }) => id === exception))).toEqual([])
    })
  })

  it.each(WITH_IAM.flatMap((variant) => ROLES.map((role) => [variant, role] as const)))(
    '%s: %s may do exactly what its function and mapping need',
    (variant, role) => {
      const template = evaluatedTemplateOf(variant)

      expect(allowedTo(template, role).map((permission) => inShort(permission, template))).toEqual(
        sorted([
          ...(ON_KAFKA[role] ?? []).map((permission) => `kafka-cluster:${permission}`),
          ...(BESIDES_KAFKA[role] ?? []),
        ]),
      )
    },
  )

  it.each(WITHOUT_IAM.flatMap((variant) => ROLES.map((role) => [variant, role] as const)))(
    '%s: %s may do nothing on Kafka by IAM, and read the secret if there is one',
    (variant, role) => {
      const template = evaluatedTemplateOf(variant)
      const { secret, key } = SECRETS[variant] ?? {}
      const readsSecret = secret && role !== 'BootstrapBrokersRole'
      const hasMapping = role === 'PaymentRole' || role === 'NotificationRole'
      const listsSecrets = variant.toLowerCase().includes('scram') && hasMapping

      expect(allowedTo(template, role).map((permission) => inShort(permission, template))).toEqual(
        sorted([
          ...(BESIDES_KAFKA[role] ?? []),
          ...(readsSecret ? [`secretsmanager:GetSecretValue ${secret}`, `kms:Decrypt ${key}`] : []),
          ...(listsSecrets ? ['kafka:ListScramSecrets cluster'] : []),
        ]),
      )
    },
  )

  it.each(VARIANT_NAMES)(
    '%s: each function has the role of its own name, which only Lambda may take',
    (variant) => {
      const { resources } = evaluatedTemplateOf(variant)

      for (const role of ROLES) {
        expect(resources[role]?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ])
        const lambda = resources[role.replace(/Role$/, 'LambdaFunction')]
        expect(lambda?.Properties.Role).toMatch(new RegExp(`:role/.*-${role}$`))
      }
    },
  )

  it.each(VARIANT_NAMES)(
    "%s: a function's own code may not do what Lambda does for it in the VPC",
    (variant) => {
      const template = evaluatedTemplateOf(variant)
      for (const name of ['createOrder', 'payment', 'notification'] as const) {
        const policy = policiesOf(template)[`${idOf(name, 'Role')}/network`]
        const denied = policy?.Statement.find(({ Effect }) => Effect === 'Deny')

        expect(denied?.Action).toEqual(
          expect.arrayContaining(OF_FUNCTION_IN_VPC.map((permission) => permission.replace(' *', ''))),
        )
        expect(denied?.Condition).toEqual({
          ArnEquals: {
            'lambda:SourceFunctionArn': `arn:aws:lambda:us-east-1:123456789012:function:${
              propertiesOf(template, idOf(name, 'LambdaFunction')).FunctionName
            }`,
          },
        })
      }
    },
  )

  it.each([
    ['PaymentRole', 'charge/*'],
    ['NotificationRole', 'notification/*'],
  ])('%s: writes its own outcomes only, %s', (role, keys) => {
    for (const variant of VARIANT_NAMES) {
      expect(policiesOf(evaluatedTemplateOf(variant))[`${role}/outcomes`]?.Statement).toEqual([
        expect.objectContaining({
          Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
        }),
      ])
    }
  })

  // docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10,240 characters without white space.
  it.each(VARIANT_NAMES)('%s: the policies of a role fit into it', (variant) => {
    for (const role of ROLES) {
      const ofRole = Object.entries(policiesOf(evaluatedTemplateOf(variant))).filter(([name]) =>
        name.startsWith(`${role}/`),
      )
      const characters = ofRole.map(([, policy]) => JSON.stringify(policy).length)

      expect(characters.reduce((sum, count) => sum + count, 0)).toBeLessThan(10_240)
    }
  })

  it('on an existing cluster they name that one', () => {
    expect(clusterOf(evaluatedTemplateOf('existing'))).toBe(THEIR_CLUSTER)
  })
})

/** What of a finding's text makes it the same in another statement: the condition key, or the whole. */
function subjectOf(issue: string, detail: string): string {
  if (issue !== 'UNKNOWN_CONDITION_FOR_ACTION') return detail
  return /^Unknown condition (\S+) for action/.exec(detail)?.[1] ?? detail
}
