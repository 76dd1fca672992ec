import type { Resource } from './template.ts'

/** Where the template is thought to be deployed. */
export interface Place {
  partition: string
  region: string
  accountId: string
  stackName: string
}

/** A resource whose properties hold no intrinsic functions any more. */
export interface Named {
  id: string
  resource: Resource
  place: Place
}

type Name = (named: Named) => string

const arn =
  (service: string, resource: Name, { regional = true } = {}): Name =>
  (named) => {
    const { partition, region, accountId } = named.place
    return `arn:${partition}:${service}:${regional ? region : ''}:${accountId}:${resource(named)}`
  }

/** The name that the template gives, or one as CloudFormation makes it. */
const nameFrom =
  (property: string): Name =>
  ({ id, resource, place }) =>
    String(resource.Properties[property] ?? `${place.stackName}-${id}`)

const UUID = '0f3c9d52-8a1e-4b7c-9d36-5e2f7a1b4c88-2'
const clusterArn = arn('kafka', (named) => `cluster/${nameFrom('ClusterName')(named)}/${UUID}`)
const configurationArn = arn('kafka', (named) => `configuration/${nameFrom('Name')(named)}/${UUID}`)
const topicArn: Name = ({ resource: { Properties } }) =>
  `${String(Properties.ClusterArn).replace(':cluster/', ':topic/')}/${Properties.TopicName}`
const functionName = nameFrom('FunctionName')
const bucketName: Name = (named) => nameFrom('BucketName')(named).toLowerCase()
const httpApiId: Name = ({ id }) => id.toLowerCase()

/** What `Ref` gives, where that is not simply an id; each type's page of the CloudFormation reference says it. */
const REFS: Record<string, Name> = {
  'AWS::ApiGatewayV2::Api': httpApiId,
  'AWS::CloudWatch::Alarm': nameFrom('AlarmName'),
  'AWS::CloudWatch::Dashboard': nameFrom('DashboardName'),
  'AWS::DynamoDB::Table': nameFrom('TableName'),
  'AWS::IAM::Role': nameFrom('RoleName'),
  'AWS::KMS::Key': ({ id }) => id,
  'AWS::Lambda::Function': functionName,
  'AWS::Logs::LogGroup': nameFrom('LogGroupName'),
  'AWS::MSK::Cluster': clusterArn,
  'AWS::MSK::Configuration': configurationArn,
  'AWS::MSK::Topic': topicArn,
  'AWS::S3::Bucket': bucketName,
  'AWS::SecretsManager::Secret': arn('secretsmanager', (named) => `secret:${nameFrom('Name')(named)}-a1B2c3`),
  'AWS::SNS::Topic': arn('sns', nameFrom('TopicName')),
}

/** What `Fn::GetAtt` gives, by type and attribute. */
const ATTRIBUTES: Record<string, Record<string, Name>> = {
  'AWS::ApiGatewayV2::Api': {
    ApiId: httpApiId,
    ApiEndpoint: (named) => `https://${httpApiId(named)}.execute-api.${named.place.region}.amazonaws.com`,
  },
  'AWS::CloudWatch::Alarm': { Arn: arn('cloudwatch', (named) => `alarm:${nameFrom('AlarmName')(named)}`) },
  'AWS::EC2::SecurityGroup': { GroupId: ({ id }) => id },
  'AWS::EC2::VPC': { VpcId: ({ id }) => id, CidrBlock: ({ resource }) => resource.Properties.CidrBlock },
  'AWS::IAM::Role': {
    Arn: arn('iam', (named) => `role/${nameFrom('RoleName')(named)}`, { regional: false }),
  },
  'AWS::KMS::Key': { Arn: arn('kms', ({ id }) => `key/${id}`) },
  'AWS::Lambda::Function': { Arn: arn('lambda', (named) => `function:${functionName(named)}`) },
  'AWS::Logs::LogGroup': { Arn: arn('logs', (named) => `log-group:${nameFrom('LogGroupName')(named)}:*`) },
  'AWS::MSK::Cluster': { Arn: clusterArn, CurrentVersion: () => 'K1' },
  'AWS::MSK::Configuration': { Arn: configurationArn, 'LatestRevision.Revision': () => '1' },
  'AWS::MSK::Topic': { TopicArn: topicArn },
  'AWS::S3::Bucket': { Arn: (named) => `arn:${named.place.partition}:s3:::${bucketName(named)}` },
  'AWS::SNS::Topic': { TopicArn: arn('sns', nameFrom('TopicName')), TopicName: nameFrom('TopicName') },
  'AWS::SQS::Queue': { Arn: arn('sqs', nameFrom('QueueName')) },
  'Custom::BootstrapBrokers': { Brokers: () => 'b-1.example:9098,b-2.example:9098' },
}

/** What `Ref` gives for a resource; for most types that is an id, for which the logical one stands here. */
export const refTo = (named: Named): string => REFS[named.resource.Type]?.(named) ?? named.id

/** @throws Error if the attribute of the type is not known here */
export function attributeOf(named: Named, attribute: string): string {
  const name = ATTRIBUTES[named.resource.Type]?.[attribute]
  if (!name)
    throw new Error(
      `Fn::GetAtt of ${named.id}: ${named.resource.Type} has no ${attribute} in resourceNames.ts`,
    )
  return name(named)
}
