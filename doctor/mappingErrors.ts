/** Something that an event source mapping says of itself, and what to do about it. */
export interface MappingError {
  /** As AWS words it, shortened. */
  message: string
  pattern: RegExp
  cause: string
  cure: string
  /** Where AWS describes it. */
  page: string
}

const GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg'
const KNOWLEDGE_CENTER = 'https://repost.aws/knowledge-center/lambda-trigger-msk-kafka-cluster'

/** What `LastProcessingResult` says when all is well. */
const WELL = new Set(['OK', 'No records processed'])

/**
 * What the mappings of an MSK cluster show in `LastProcessingResult`, in `StateTransitionReason` or, with a log level set,
 * in the pollers' log. AWS gives no wording for a missing topic or a destination that cannot be written; these two are
 * found by Kafka's own words. docs/deploy.md has the same table.
 */
export const MAPPING_ERRORS: readonly MappingError[] = [
  {
    message: 'Connection error. Please check your event source connection configuration.',
    pattern: /check your event source connection configuration/i,
    cause:
      "The pollers do not reach the brokers. They run in the cluster's subnets with the cluster's own security groups, " +
      'not with those of the function. Or the brokers were offline or overloaded.',
    cure:
      "Let the cluster's security group take connections from itself, and open them to itself, on the port of the " +
      'authentication: 9098 IAM, 9096 SCRAM, 9094 TLS, 9092 plaintext. Check that the cluster is ACTIVE and the topic exists.',
    page: KNOWLEDGE_CENTER,
  },
  {
    message: 'Connection error. Your event source VPC must be able to connect to Lambda and STS, …',
    pattern: /VPC must be able to connect to/i,
    cause:
      'A mapping without provisioned mode calls Lambda, STS and Secrets Manager from the subnets of the cluster, and they ' +
      'have no way there.',
    cure:
      'Keep `provisionedPollerConfig` at the event in serverless.yml. Without it: a NAT gateway, or interface endpoints for ' +
      'lambda, sts and (with a secret) secretsmanager, and for the service of an SQS, SNS or S3 destination.',
    page: `${GUIDE}/with-msk-cluster-network.html`,
  },
  {
    message: 'Cluster failed to authorize Lambda.',
    pattern:
      /failed to authorize Lambda|Not authorized to access|(Topic|Group|Cluster)AuthorizationException/i,
    cause:
      "IAM: the function's role may not use the topic or the consumer group. SCRAM, mTLS: the user lacks ACLs for them.",
    cure:
      'IAM: allow kafka-cluster:DescribeTopic and ReadData on the topic, DescribeGroup and AlterGroup on the group, ' +
      'DescribeClusterDynamicConfiguration on the cluster (resources/authentication/iam.yml). ACLs: Describe and Read on topic and ' +
      'group, DescribeConfigs on the cluster. Then wait some minutes.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#kafka-authorize-errors`,
  },
  {
    message: 'SASL authentication failed.',
    pattern: /SASL authentication failed|SaslAuthenticationException/i,
    cause:
      "IAM: the function's role lacks kafka-cluster:Connect. SCRAM: the user or password in the secret is wrong, or the " +
      'secret is not associated with the cluster. Now and then only: the cluster has too many connections.',
    cure:
      'IAM: allow kafka-cluster:Connect on the cluster. SCRAM: mend the secret, whose name begins with AmazonMSK_, and ' +
      'associate it: aws kafka batch-associate-scram-secret. Too many connections: it passes by itself.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#kafka-sasl-errors`,
  },
  {
    message: 'Server failed to authenticate Lambda.',
    pattern: /Server failed to authenticate Lambda/i,
    cause:
      'The mapping has no client certificate, the brokers do not trust it, or the cluster has mTLS switched off.',
    cure:
      'Deploy with `--param kafkaAuth=mtls` and the secret that holds the certificate; it must be from a private CA that ' +
      'the cluster was given.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#kafka-mtls-errors-server`,
  },
  {
    message: 'Lambda failed to authenticate server.',
    pattern: /Lambda failed to authenticate server/i,
    cause: "The brokers' certificate does not have the name by which they are reached.",
    cure: 'Do not put names of your own in front of the brokers of MSK: a mapping takes those that MSK gives.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#kafka-mtls-errors-lambda`,
  },
  {
    message: 'Provided certificate or private key is invalid.',
    pattern: /certificate (and\/)?or private key is (invalid|malformed)/i,
    cause: 'The secret does not hold a certificate and a private key that Lambda can read.',
    cure:
      'Put both into the secret as PEM, as `certificate` and `privateKey`; an encrypted key needs PBES1 and ' +
      '`privateKeyPassword`.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#kafka-key-errors`,
  },
  {
    message: 'The provided Kafka broker endpoints cannot be resolved.',
    pattern: /broker endpoints? cannot be resolved/i,
    cause:
      "The brokers' names are not found from the cluster's VPC: the cluster is gone, or the VPC resolves no names.",
    cure: 'Check that the cluster exists, and switch on DNS support and DNS host names of its VPC.',
    page: KNOWLEDGE_CENTER,
  },
  {
    message: 'Lambda failed to assume your function execution role.',
    pattern: /failed to assume your function execution role/i,
    cause: 'The role of the function does not trust lambda.amazonaws.com, or it was deleted.',
    cure: 'Let the role trust lambda.amazonaws.com (resources/roles.yml) and deploy again.',
    page: KNOWLEDGE_CENTER,
  },
  {
    message: 'Timeout expired while fetching topic metadata, or an unknown topic',
    pattern:
      /fetching topic metadata|UNKNOWN_TOPIC|unknown topic|topic .*(not found|does not exist|doesn't exist)/i,
    cause: 'The topic is not on this cluster, or its leader was away.',
    cure: 'Make the topic: `--param topics=create` has the stack make it. Mind that topics are of one cluster each.',
    page: `${GUIDE}/esm-logging.html`,
  },
  {
    message: 'A failed record could not be written to the on-failure destination',
    pattern: /(write|writing|send|sending|publish|produce|authorize)\b.*on-?failure/i,
    cause:
      'The topic of the `kafka://` destination is not on the same cluster, or the role may not write to it.',
    cure:
      'Make the topic dead_letters on the same cluster, and allow kafka-cluster:WriteData and DescribeTopic on it ' +
      '(resources/authentication/iam.yml).',
    page: `${GUIDE}/kafka-on-failure-destination.html`,
  },
  {
    message: 'Function call failed',
    pattern: /function (call )?failed/i,
    cause: 'The function threw, timed out or crashed on the last batch.',
    cure:
      "Read the function's log (`npx serverless logs -f payment`). The batch is halved and tried again; after 10 retries " +
      'its records are in dead_letters.',
    page: `${GUIDE}/kafka-retry-configurations.html`,
  },
  {
    message: 'ESM_CONFIG_NOT_VALID',
    pattern: /ESM_CONFIG_NOT_VALID/,
    cause: 'The settings of the mapping are not valid.',
    cure:
      'Compare the mapping with its event in serverless.yml (`aws lambda get-event-source-mapping --uuid …`). A deployment does ' +
      'not undo what was changed by hand; `aws lambda update-event-source-mapping` does.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#services-event-errors`,
  },
  {
    message: 'EVENT_SOURCE_AUTHN_ERROR',
    pattern: /EVENT_SOURCE_AUTHN_ERROR/,
    cause: 'Lambda could not authenticate to the cluster.',
    cure: 'See "SASL authentication failed" and "Server failed to authenticate Lambda".',
    page: `${GUIDE}/with-kafka-troubleshoot.html#services-event-errors`,
  },
  {
    message: 'EVENT_SOURCE_AUTHZ_ERROR',
    pattern: /EVENT_SOURCE_AUTHZ_ERROR/,
    cause: 'Lambda may not use the cluster, the topic or the consumer group.',
    cure: 'See "Cluster failed to authorize Lambda".',
    page: `${GUIDE}/with-kafka-troubleshoot.html#services-event-errors`,
  },
  {
    message: 'FUNCTION_CONFIG_NOT_VALID',
    pattern: /FUNCTION_CONFIG_NOT_VALID/,
    cause: 'The function cannot be invoked as it is set up.',
    cure: '`npm run doctor` shows the state of the function: it must be Active, and its timeout 14 minutes at most.',
    page: `${GUIDE}/with-kafka-troubleshoot.html#services-event-errors`,
  },
]

/** True for a `LastProcessingResult` that tells of no trouble; a new mapping has none. */
export const isWell = (result: string | undefined): boolean => result === undefined || WELL.has(result)

/** The rows that a mapping's words fit: several for a message that names two possibilities, none for unknown words. */
export const explain = (words: string): MappingError[] =>
  MAPPING_ERRORS.filter(({ pattern }) => pattern.test(words))

/** The rows as a Markdown table, as docs/deploy.md has them. */
export const mappingErrorRows = (): string[] =>
  MAPPING_ERRORS.map(({ message, cause, cure, page }) => `| [${message}](${page}) | ${cause} | ${cure} |`)
