// What a stack consists of, by its parameters: its resource files, and what differs between a cluster of its own and an existing one.
// Serverless calls this for ${file(resources/stack.cjs)}; what the parameters mean is said in parameters.yml.
const PARAMETERS = `
  clusterArn subnetIds securityGroupIds topics outcomes outcomeDays
  kafkaAuth kafkaSecretArn kafkaSecretKeyArn certificateAuthorityArn
  authorizer jwtIssuer jwtAudience apiRateLimit apiBurstLimit createOrderConcurrency
  vpcCidr zones zoneNames brokersPerZone brokerType brokerVolumeGiB replicationFactor minInsyncReplicas
  deletionPolicy logRetentionDays alarmEmail change`
  .trim()
  .split(/\s+/)

module.exports = async ({ resolveVariable }) => {
  const values = await Promise.all(PARAMETERS.map((name) => resolveVariable(`param:${name}`)))
  const parameters = Object.fromEntries(PARAMETERS.map((name, index) => [name, values[index]]))
  // CloudFormation knows RetainExceptOnCreate for deletions only.
  const updateReplacePolicy = parameters.deletionPolicy === 'Delete' ? 'Delete' : 'Retain'
  return {
    parameters,
    updateReplacePolicy,
    // Incomplete, Serverless would refuse it in words of its own, ahead of plugins/deployment.
    authorizer: parameters.authorizer === 'jwt' && !isComplete(parameters) ? 'none' : parameters.authorizer,
    remembered: JSON.stringify(rememberedOf({ ...parameters, deletionPolicy: updateReplacePolicy })),
    ...(parameters.clusterArn ? existingCluster(parameters) : ownCluster(parameters)),
  }
}

/** What a later deployment is not to change by a parameter that was forgotten: records, or who may create orders, depend on it. */
const rememberedOf = ({ clusterArn, topics, outcomes, kafkaAuth, authorizer, deletionPolicy }) => ({
  clusterArn,
  topics,
  outcomes,
  kafkaAuth,
  authorizer,
  deletionPolicy,
})

const isComplete = ({ jwtIssuer, jwtAudience }) =>
  String(jwtIssuer).startsWith('https://') && String(jwtAudience).trim() !== ''

const ofEveryStack = ({ topics, outcomes, alarmEmail }) => [
  ...(topics === 'existing' ? [] : ['topics']),
  outcomes === 'existing' ? 'outcomes.existing' : 'outcomes',
  ...['brokers', 'roles', 'api', 'alarms', 'dashboard'],
  ...(alarmEmail ? ['alarms.email'] : []),
]

const topicResources = ({ topics }) =>
  topics === 'existing' ? [] : ['OrdersTopic', 'OrderStatusTopic', 'DeadLettersTopic']

function ownCluster(parameters) {
  const { kafkaAuth, kafkaSecretArn, kafkaSecretKeyArn } = parameters
  const zones = Number(parameters.zones)
  const scram = kafkaAuth === 'scram'
  return {
    files: [
      'network',
      ...(zones === 3 ? ['network.third-zone'] : []),
      'outcomes-endpoint',
      ...['cluster', 'cluster.alarms'],
      ...(scram ? ['scram-user'] : []),
      ...(scram || kafkaAuth === 'mtls' ? ['secrets-endpoint'] : []),
      ...ofEveryStack(parameters),
    ],
    subnetIds: ['SubnetA', 'SubnetB', 'SubnetC'].slice(0, zones).map(ref),
    securityGroupIds: [ref('ClientSecurityGroup')],
    zoneNames: [...list(parameters.zoneNames), ...[0, 1, 2].map(zoneOfAccount)],
    brokerNodes: zones * Number(parameters.brokersPerZone),
    secretArn: scram ? ref('KafkaUser') : kafkaSecretArn,
    decryptStatement: decrypt(scram ? { 'Fn::GetAtt': ['KafkaUserKey', 'Arn'] } : kafkaSecretKeyArn),
    // What must be there before a mapping begins to read.
    readyToRead: [
      'BrokersFromThemselves',
      ...topicResources(parameters),
      ...(scram ? ['KafkaUserOfCluster'] : []),
    ],
  }
}

function existingCluster(parameters) {
  const { subnetIds, securityGroupIds, kafkaSecretArn, kafkaSecretKeyArn } = parameters
  return {
    files: ['cluster.existing', ...ofEveryStack(parameters)],
    subnetIds: { 'Fn::Split': [',', list(subnetIds).join()] },
    securityGroupIds: { 'Fn::Split': [',', list(securityGroupIds).join()] },
    brokerNodes: 'theirs',
    secretArn: kafkaSecretArn,
    decryptStatement: decrypt(kafkaSecretKeyArn),
    readyToRead: topicResources(parameters),
  }
}

const ref = (logicalId) => ({ Ref: logicalId })

const zoneOfAccount = (index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })

const list = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Secrets Manager decrypts with the rights of who asks, unless the key is its own. */
const decrypt = (keyArn) =>
  keyArn ? { Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn } : ref('AWS::NoValue')
