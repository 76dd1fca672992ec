/** A cluster that the stack does not make, as someone would name theirs. */
export const THEIR_CLUSTER =
  'arn:aws:kafka:us-east-1:123456789012:cluster/theirs/5d2a4f1e-0c6b-4d5e-9a53-1f0e8a7b6c5d-7'

export const THEIR_SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_orders-a1B2c3'
export const THEIR_KEY = 'arn:aws:kms:us-east-1:123456789012:key/3f6c1d8e-5b7a-4c2d-8e9f-0a1b2c3d4e5f'
const THEIR_AUTHORITY =
  'arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/7c9e6679-7425-40de-944b-e07fc1f90ae7'

const params = (values: Record<string, string>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--param', `${name}=${value}`])

const onTheirCluster = params({
  clusterArn: THEIR_CLUSTER,
  subnetIds: 'subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719',
  securityGroupIds: 'sg-0a1b2c3d4e5f60718',
})

const withTheirSecret = params({ kafkaSecretArn: THEIR_SECRET, kafkaSecretKeyArn: THEIR_KEY })

/** What can be deployed, each by its arguments of `serverless package`. */
export const VARIANTS = {
  dev: ['--stage', 'dev'],
  prod: [
    '--stage',
    'prod',
    ...params({ authorizer: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'orders' }),
  ],
  prodSigned: ['--stage', 'prod', ...params({ authorizer: 'iam', alarmEmail: 'orders@example.com' })],
  scram: params({ kafkaAuth: 'scram' }),
  mtls: [...params({ kafkaAuth: 'mtls', certificateAuthorityArn: THEIR_AUTHORITY }), ...withTheirSecret],
  existing: onTheirCluster,
  existingTopics: [...onTheirCluster, ...params({ topics: 'existing', outcomes: 'existing' })],
  existingNone: [...onTheirCluster, ...params({ kafkaAuth: 'none' })],
  existingTls: [...onTheirCluster, ...params({ kafkaAuth: 'tls' })],
  existingScram: [...onTheirCluster, ...params({ kafkaAuth: 'scram' }), ...withTheirSecret],
  existingMtls: [...onTheirCluster, ...params({ kafkaAuth: 'mtls' }), ...withTheirSecret],
} as const satisfies Record<string, readonly string[]>

export type Variant = keyof typeof VARIANTS

export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[]

export const stageOf = (variant: Variant): 'dev' | 'prod' => (variant.startsWith('prod') ? 'prod' : 'dev')

/** Those whose cluster and network the stack makes. */
export const OWN_CLUSTER = VARIANT_NAMES.filter((name) => !name.startsWith('existing'))

export const EXISTING_CLUSTER = VARIANT_NAMES.filter((name) => name.startsWith('existing'))
