import type { ArnOrReference, OnFailureTarget } from '../onFailure/failedBatch.ts'
import type { Resources } from './resources.ts'

type ResourceType = 'sqs' | 'sns' | 's3'

/** A destination as serverless.yml names it; the type that a reference leads to may have to be looked up. */
export type DeclaredDestination =
  | { readonly type: 'kafka'; readonly topic: string }
  | { readonly type?: ResourceType | undefined; readonly arn: ArnOrReference }

/** How a resource of each type gives its ARN. */
const ARN_OF: Readonly<Record<string, { type: ResourceType; attribute: string; byRef: boolean }>> = {
  'AWS::SQS::Queue': { type: 'sqs', attribute: 'Arn', byRef: false },
  'AWS::SNS::Topic': { type: 'sns', attribute: 'TopicArn', byRef: true },
  'AWS::S3::Bucket': { type: 's3', attribute: 'Arn', byRef: false },
}

const NAME_THE_TYPE =
  'what it refers to is not in the resources of this service: name its type, { arn: …, type: sqs | sns | s3 }'

/**
 * The destination with its type: of a reference, the one that is named, or that of the resource it refers to.
 * @returns in words, why AWS would refuse it or why its type is not known
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
 */
export function onFailureTarget(
  declared: DeclaredDestination,
  resources: Resources,
): OnFailureTarget | string {
  if (declared.type === 'kafka') return declared
  const { arn, type: named } = declared
  if (typeof arn === 'string') return named === undefined ? NAME_THE_TYPE : { type: named, arn }

  const found = referredResource(arn)
  const resource = found && resources[found.logicalId]
  if (found === undefined || resource === undefined) {
    const type = named ?? typeInText(arn)
    return type === undefined ? NAME_THE_TYPE : { type, arn }
  }

  const known = ARN_OF[String(resource.Type)]
  if (known === undefined) {
    return `${found.logicalId} is ${resource.Type}, and must be an SQS queue, an SNS topic or an S3 bucket`
  }
  if (named !== undefined && named !== known.type)
    return `${found.logicalId} is ${resource.Type}, not ${named}`
  if (found.attribute === undefined ? !known.byRef : found.attribute !== known.attribute) {
    return `is no ARN: take Fn::GetAtt: [${found.logicalId}, ${known.attribute}]`
  }
  return { type: known.type, arn }
}

/** Of `Ref`, of both forms of `Fn::GetAtt`, and of an `Fn::Sub` of nothing else. */
function referredResource(
  reference: Readonly<Record<string, unknown>>,
): { logicalId: string; attribute?: string } | undefined {
  const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = reference
  const path = ref ?? getAtt ?? (typeof sub === 'string' ? /^\$\{([\w.]+)\}$/.exec(sub)?.[1] : undefined)
  const [logicalId, attribute] = Array.isArray(path) ? path : typeof path === 'string' ? path.split('.') : []
  if (typeof logicalId !== 'string') return undefined
  return typeof attribute === 'string' ? { logicalId, attribute } : { logicalId }
}

/** `arn:${AWS::Partition}:sqs:…` says it itself. */
function typeInText({ 'Fn::Sub': sub }: Readonly<Record<string, unknown>>): ResourceType | undefined {
  const text = Array.isArray(sub) ? sub[0] : sub
  if (typeof text !== 'string') return undefined
  return /^arn:(?:\$\{[^}]*\}|[\w-]+):(sqs|sns|s3):/.exec(text)?.[1] as ResourceType | undefined
}
