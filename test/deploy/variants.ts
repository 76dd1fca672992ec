/** A cluster that the stack does not make, as someone would name theirs. */
export const THEIR_CLUSTER =
  'arn:aws:kafka:us-east-1:123456789012:cluster/theirs/5d2a4f1e-0c6b-4d5e-9a53-1f0e8a7b6c5d-7'

const param = (name: string, value: string) => ['--param', `${name}=${value}`]

const onTheirCluster = [
  ...param('clusterArn', THEIR_CLUSTER),
  ...param('subnetIds', 'subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719'),
  ...param('securityGroupIds', 'sg-0a1b2c3d4e5f60718'),
]

/** What can be deployed, each by its arguments of `serverless package`. */
export const VARIANTS = {
  dev: ['--stage', 'dev'],
  prod: [
    ...['--stage', 'prod'],
    ...param('authorizer', 'jwt'),
    ...param('jwtIssuer', 'https://issuer.example'),
    ...param('jwtAudience', 'orders'),
  ],
  existing: ['--stage', 'dev', ...onTheirCluster],
} as const satisfies Record<string, readonly string[]>

export type Variant = keyof typeof VARIANTS

export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[]
