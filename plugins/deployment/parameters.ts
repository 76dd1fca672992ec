import * as z from 'zod'

/** Empty counts as not set. */
const text = (pattern: RegExp, mustBe: string) =>
  z.string().refine((value) => value === '' || pattern.test(value), `must be ${mustBe}`)
const oneOf = (...values: string[]) => z.enum(values, `must be ${values.join(', ')}`)
/** A parameter of the command line is text. */
const wholeNumber = (least: number, most: number) => {
  const mustBe = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(mustBe).int(mustBe).min(least, mustBe).max(most, mustBe)
}

const SUBNETS = 'subnet-…, several with commas'
const SECURITY_GROUPS = 'sg-…, several with commas'
const listOf = (prefix: string) => new RegExp(`^${prefix}-[0-9a-f]+(,\\s*${prefix}-[0-9a-f]+)*$`)
const arnOf = (service: string) => new RegExp(`^arn:aws[\\w-]*:${service}:[a-z0-9-]+:\\d{12}:\\S+$`)

/**
 * An order may come again as long as `orders` keeps it (7 days), and after that from `dead_letters` (30 days): as its outcome is
 * what keeps it from being charged again, that must be there as long. See resources/topics.yml.
 */
export const LEAST_OUTCOME_DAYS = 37

const parameters = z.object({
  clusterArn: text(
    /^arn:aws[\w-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[^/]+$/,
    'the ARN of an MSK cluster: arn:aws:kafka:<region>:<account>:cluster/<name>/<id>',
  ),
  subnetIds: text(listOf('subnet'), SUBNETS),
  securityGroupIds: text(listOf('sg'), SECURITY_GROUPS),
  topics: oneOf('create', 'existing'),
  outcomes: oneOf('create', 'existing'),
  outcomeDays: wholeNumber(LEAST_OUTCOME_DAYS, 3_650),

  kafkaAuth: oneOf('iam', 'scram', 'mtls', 'tls', 'none'),
  kafkaSecretArn: text(arnOf('secretsmanager'), 'the ARN of a secret in Secrets Manager'),
  kafkaSecretKeyArn: text(arnOf('kms'), 'the ARN of a key in KMS'),
  certificateAuthorityArn: text(arnOf('acm-pca'), 'the ARN of a private certificate authority in ACM'),

  authorizer: oneOf('none', 'jwt', 'iam'),
  jwtIssuer: text(/^https:\/\/\S+$/, 'the https:// URL of the issuer'),
  jwtAudience: z.string(),
  apiRateLimit: wholeNumber(1, 10_000),
  apiBurstLimit: wholeNumber(1, 5_000),
  createOrderConcurrency: z.union(
    [z.object({ Ref: z.literal('AWS::NoValue') }), wholeNumber(1, 100_000)],
    'must be a whole number above 0',
  ),

  // Three subnets of 256 addresses have to fit.
  vpcCidr: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,3}){3}\/(1[6-9]|2[0-2])$/, 'must be a block of addresses, 10.0.0.0/16 to /22'),
  zones: wholeNumber(2, 3),
  zoneNames: text(/^[a-z0-9-]+(,\s*[a-z0-9-]+)+$/, 'names of availability zones with commas'),
  brokersPerZone: wholeNumber(1, 20),
  // Express brokers take no volume, and refuse some of what the cluster's configuration sets.
  brokerType: z
    .string()
    .regex(/^kafka\.[a-z0-9]+\.[a-z0-9]+$/, 'must be a standard broker, kafka.<type>.<size>'),
  brokerVolumeGiB: wholeNumber(1, 16_384),
  replicationFactor: wholeNumber(1, 60),
  minInsyncReplicas: wholeNumber(1, 60),

  deletionPolicy: oneOf('Delete', 'Retain', 'RetainExceptOnCreate'),
  change: z.string(),
  alarmEmail: text(/^[^@\s]+@[^@\s]+$/, 'an e-mail address'),
})

export type DeploymentParameters = z.output<typeof parameters>

/** Methods that keep what they need in a secret. */
const WITH_SECRET: readonly string[] = ['scram', 'mtls']

/** Where a deployment goes. */
export interface Target {
  stage: string
  region: string
}

/**
 * What does not go about the parameters of a deployment, each by its name with what to do; empty when all is well.
 * @param given as `resources/parameters.yml` and the command line have them
 */
export function checkParameters(given: Readonly<Record<string, unknown>>, target: Target): string[] {
  const parsed = parameters.safeParse(given)
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
  return [
    ...stageProblems(target),
    ...clusterProblems(parsed.data, target),
    ...authenticationProblems(parsed.data),
    ...authorizerProblems(parsed.data, target),
    ...ownClusterProblems(parsed.data, target),
  ]
}

/** Of 64 characters, which a function's name has at most, less `orders-on-kafka--bootstrapBrokers`. */
const STAGE_CHARACTERS = 31

function stageProblems({ stage }: Target): string[] {
  if (stage.length > STAGE_CHARACTERS) {
    return [`stage: ${stage} makes names too long for Lambda, ${STAGE_CHARACTERS} characters are the most`]
  }
  if (stage !== 'prod' && stage.toLowerCase() === 'prod') {
    return [`stage: ${stage} would not have the parameters of prod; write it so`]
  }
  return []
}

function clusterProblems(
  { clusterArn, subnetIds, securityGroupIds, topics }: DeploymentParameters,
  { region }: Target,
): string[] {
  if (clusterArn === '') {
    return [
      ...(subnetIds === '' ? [] : ['subnetIds: goes with clusterArn, which is not set']),
      ...(securityGroupIds === '' ? [] : ['securityGroupIds: goes with clusterArn, which is not set']),
      ...(topics === 'create'
        ? []
        : ['topics: a cluster of its own has none yet; existing goes with clusterArn']),
    ]
  }
  const [, , , ofRegion] = clusterArn.split(':')
  return [
    ...(ofRegion === region
      ? []
      : [`clusterArn: is in ${ofRegion}, and the deployment goes to ${region} (--region)`]),
    ...(/-s\d+$/.test(clusterArn)
      ? ['clusterArn: is MSK Serverless; its topics and pollers want MSK Provisioned']
      : []),
    ...(subnetIds === ''
      ? [`subnetIds: clusterArn needs them, ${SUBNETS}: where createOrder and payment run`]
      : []),
    ...(securityGroupIds === ''
      ? [`securityGroupIds: clusterArn needs them, ${SECURITY_GROUPS}: groups that the cluster lets in`]
      : []),
  ]
}

function authenticationProblems(given: DeploymentParameters): string[] {
  const { clusterArn, kafkaAuth, kafkaSecretArn, kafkaSecretKeyArn, certificateAuthorityArn } = given
  const own = clusterArn === ''
  const problems: string[] = []
  if (own && (kafkaAuth === 'tls' || kafkaAuth === 'none')) {
    problems.push(`kafkaAuth: the stack's own cluster wants to know who comes: iam, scram or mtls`)
  }
  const madeHere = own && kafkaAuth === 'scram'
  if (WITH_SECRET.includes(kafkaAuth) && !madeHere && kafkaSecretArn === '') {
    problems.push(
      `kafkaSecretArn: kafkaAuth ${kafkaAuth} needs it, the secret that functions and mappings read`,
    )
  }
  if ((madeHere || !WITH_SECRET.includes(kafkaAuth)) && kafkaSecretArn !== '') {
    problems.push(
      madeHere
        ? 'kafkaSecretArn: the stack makes the secret of its own cluster; leave it out'
        : `kafkaSecretArn: kafkaAuth ${kafkaAuth} uses no secret; leave it out, or set kafkaAuth to scram or mtls`,
    )
  }
  if (kafkaAuth === 'scram' && kafkaSecretArn !== '' && !kafkaSecretArn.includes(':secret:AmazonMSK_')) {
    problems.push('kafkaSecretArn: MSK takes only secrets whose names begin with AmazonMSK_')
  }
  if (kafkaSecretKeyArn !== '' && kafkaSecretArn === '') {
    problems.push('kafkaSecretKeyArn: goes with kafkaSecretArn, which is not set')
  }
  const needsAuthority = own && kafkaAuth === 'mtls'
  if (needsAuthority && certificateAuthorityArn === '') {
    problems.push(
      'certificateAuthorityArn: kafkaAuth mtls needs it, the authority that signs the client certificates',
    )
  }
  if (!needsAuthority && certificateAuthorityArn !== '') {
    problems.push('certificateAuthorityArn: is for kafkaAuth mtls on a cluster of its own only')
  }
  return problems
}

function authorizerProblems(
  { authorizer, jwtIssuer, jwtAudience }: DeploymentParameters,
  { stage }: Target,
): string[] {
  if (authorizer === 'jwt') {
    return [
      ...(jwtIssuer === ''
        ? ['jwtIssuer: authorizer jwt needs it, the https:// URL of who issues the tokens']
        : []),
      ...(jwtAudience.trim() === '' ? ['jwtAudience: authorizer jwt needs it, whom the tokens are for'] : []),
    ]
  }
  return [
    ...(authorizer === 'none' && stage === 'prod'
      ? ['authorizer: prod must not be open to all: jwt (with jwtIssuer and jwtAudience) or iam']
      : []),
    ...(jwtIssuer === '' ? [] : ['jwtIssuer: goes with authorizer jwt']),
    ...(jwtAudience === '' ? [] : ['jwtAudience: goes with authorizer jwt']),
  ]
}

/** Of the stack's own cluster; an existing one is its owner's. */
function ownClusterProblems(given: DeploymentParameters, { region }: Target): string[] {
  const { clusterArn, zones, zoneNames, brokersPerZone, replicationFactor, minInsyncReplicas } = given
  const brokers = zones * brokersPerZone
  if (clusterArn !== '') return []
  return [
    ...(zoneNames === '' ? [] : zoneProblems(zoneNames, zones, region)),
    ...(replicationFactor > brokers
      ? [`replicationFactor: is more than the ${brokers} brokers (zones times brokersPerZone)`]
      : []),
    ...(minInsyncReplicas >= replicationFactor
      ? ['minInsyncReplicas: must be below replicationFactor, else no broker may ever be away']
      : []),
  ]
}

function zoneProblems(zoneNames: string, zones: number, region: string): string[] {
  const names = zoneNames.split(',').map((name) => name.trim())
  if (new Set(names).size !== zones)
    return [`zoneNames: must be as many as zones says, ${zones}, each another`]
  const elsewhere = names.find((name) => !name.startsWith(region))
  return elsewhere === undefined ? [] : [`zoneNames: ${elsewhere} is not in ${region}`]
}
