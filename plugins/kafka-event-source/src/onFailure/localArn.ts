import type { Resources } from '../settings/resources.ts'
import type { OnFailureTarget } from './failedBatch.ts'

type AwsTarget = Exclude<OnFailureTarget, { type: 'kafka' }>

const ACCOUNT = '000000000000'

const NAME_PROPERTY = { sqs: 'QueueName', sns: 'TopicName', s3: 'BucketName' } as const

/**
 * The ARN that a destination has locally. A CloudFormation reference becomes the ARN of the resource's own name where the
 * template says one, of its logical id otherwise; an export's name stands for what is exported.
 */
export function localArn(target: AwsTarget, resources: Resources, region = 'us-east-1'): string {
  const text = resolve(target.arn, { type: target.type, resources, region })
  return text.startsWith('arn:') ? text : arnOf(target.type, text, region)
}

/** `orders-dlq` of `arn:aws:sqs:us-east-1:000000000000:orders-dlq`. */
export const nameInArn = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1)

/** `undefined` when the ARN has none, as a bucket's. */
export const regionInArn = (arn: string): string | undefined => arn.split(':')[3] || undefined

type Scope = { readonly type: AwsTarget['type']; readonly resources: Resources; readonly region: string }

const arnOf = (type: AwsTarget['type'], name: string, region: string): string =>
  type === 's3' ? `arn:aws:s3:::${name}` : `arn:aws:${type}:${region}:${ACCOUNT}:${name}`

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
function resolve(value: unknown, scope: Scope): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null) {
    const [[name, argument] = ['', undefined]] = Object.entries(value)
    if (name === 'Ref') return referred(String(argument), scope)
    if (name === 'Fn::GetAtt') return attribute(argument, scope)
    if (name === 'Fn::ImportValue') return resolve(argument, scope)
    if (name === 'Fn::Join' && isJoin(argument)) {
      return argument[1].map((part) => resolve(part, scope)).join(argument[0])
    }
    if (name === 'Fn::Sub') return substituted(argument, scope)
  }
  throw new Error(
    `onFailure: ${JSON.stringify(value)} cannot be resolved locally; use an ARN, Ref, Fn::GetAtt, Fn::Sub, Fn::Join or Fn::ImportValue`,
  )
}

function referred(id: string, scope: Scope): string {
  if (id === 'AWS::Region') return scope.region
  if (id === 'AWS::AccountId') return ACCOUNT
  if (id === 'AWS::Partition') return 'aws'
  return resourceName(id, scope)
}

/** `[logicalId, attribute]` or `logicalId.attribute`. A target has no attributes but its ARN and its name. */
function attribute(argument: unknown, scope: Scope): string {
  const [id = '', name] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.')
  return name === NAME_PROPERTY[scope.type]
    ? resourceName(id, scope)
    : arnOf(scope.type, resourceName(id, scope), scope.region)
}

function resourceName(id: string, scope: Scope): string {
  const name = scope.resources[id]?.Properties?.[NAME_PROPERTY[scope.type]]
  return name === undefined ? id : resolve(name, scope)
}

function substituted(argument: unknown, scope: Scope): string {
  const [text, variables = {}] = Array.isArray(argument) ? argument : [argument]
  return String(text).replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
    if (Object.hasOwn(variables, name)) return resolve(variables[name], scope)
    return name.includes('.') ? attribute(name, scope) : referred(name, scope)
  })
}

const isJoin = (argument: unknown): argument is [string, unknown[]] =>
  Array.isArray(argument) && typeof argument[0] === 'string' && Array.isArray(argument[1])
