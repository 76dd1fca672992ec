import type { Stack, StackEvent, StackResourceSummary } from '@aws-sdk/client-cloudformation'
import { broken, type Finding, ok, unknown, warning } from '../finding.ts'

/** As a deployment with osls names it. */
export const stackName = (stage: string): string => `orders-on-kafka-${stage}`

/** What the stack tells about itself in its outputs; a stack that never got that far has none. */
export interface StackOutputs {
  ClusterArn?: string
  KafkaAuth?: string
  Brokers?: string
  OutcomesTable?: string
  HttpApiUrl?: string
}

export const outputsOf = ({ Outputs = [] }: Stack): StackOutputs =>
  Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))

const SUBJECT = 'stack'

export const noStack = (stage: string): Finding =>
  warning(
    SUBJECT,
    `Nothing is deployed: there is no stack ${stackName(stage)}.`,
    `npx serverless deploy --stage ${stage}, with its parameters (docs/deploy.md)`,
  )

/**
 * The state of the last deployment
 * (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html).
 */
export function stackFinding({ StackName, StackStatus, StackStatusReason }: Stack, stage: string): Finding {
  const status: string = StackStatus ?? 'of no known status'
  const told = `${StackName}: ${status}${StackStatusReason ? ` (${StackStatusReason})` : ''}`
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return ok(SUBJECT, told)
  if (status.endsWith('_IN_PROGRESS')) {
    return warning(SUBJECT, told, 'Wait until it is done. A cluster of its own takes tens of minutes.')
  }
  return broken(SUBJECT, told, cureOf(status, stage))
}

function cureOf(status: string, stage: string): string {
  switch (status) {
    case 'UPDATE_ROLLBACK_COMPLETE':
      return `The last deployment was undone. Mend what failed, then: npx serverless deploy --stage ${stage}, with its parameters`
    case 'UPDATE_ROLLBACK_FAILED':
      return (
        'Undoing the last deployment failed too. Mend what failed, then: ' +
        `aws cloudformation continue-update-rollback --stack-name ${stackName(stage)}`
      )
    case 'DELETE_FAILED':
      return `Mend what failed, then: npx serverless remove --stage ${stage}`
    default:
      return `Mend what failed, then: npx serverless remove --stage ${stage}, and deploy again.`
  }
}

/** Resources that were only stopped because another one failed say no more than that. */
const CONSEQUENCE = /(creation|update) cancelled/i
const MOST_FAILURES = 5

/**
 * What failed in the last operation on the stack, in the order it came to pass.
 * @param events the newest first, as CloudFormation gives them
 */
export function failedResources(events: readonly StackEvent[]): Finding[] {
  const start = events.findIndex(
    ({ PhysicalResourceId, StackId, ResourceStatusReason }) =>
      PhysicalResourceId === StackId && ResourceStatusReason === 'User Initiated',
  )
  return events
    .slice(0, start === -1 ? undefined : start)
    .filter(
      ({ PhysicalResourceId, StackId, ResourceStatus = '', ResourceStatusReason = '' }) =>
        ResourceStatus.endsWith('_FAILED') &&
        PhysicalResourceId !== StackId &&
        !CONSEQUENCE.test(ResourceStatusReason),
    )
    .reverse()
    .slice(0, MOST_FAILURES)
    .map(({ LogicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason }) =>
      broken(
        `resource ${LogicalResourceId}`,
        `${ResourceType}: ${ResourceStatus}: ${ResourceStatusReason ?? 'no reason given'}`,
        'Mend what the reason names; the failure of one resource undoes the whole deployment.',
      ),
    )
}

/** What the account holds of the stack, by the physical ids that CloudFormation gives. */
export interface StackParts {
  functions: string[]
  mappings: string[]
  topics: string[]
}

export function partsOf(resources: readonly StackResourceSummary[]): StackParts {
  const ids = (type: string) =>
    resources.flatMap(({ ResourceType, PhysicalResourceId, ResourceStatus }) =>
      ResourceType === type && PhysicalResourceId && ResourceStatus !== 'DELETE_COMPLETE'
        ? [PhysicalResourceId]
        : [],
    )
  return {
    functions: ids('AWS::Lambda::Function'),
    mappings: ids('AWS::Lambda::EventSourceMapping'),
    // The id of a topic is its ARN.
    topics: ids('AWS::MSK::Topic').map((arn) => arn.slice(arn.lastIndexOf('/') + 1)),
  }
}

/** A stack without the outputs that lead to the rest, such as one whose first deployment failed. */
export const noOutputs = (): Finding =>
  unknown(
    'cluster',
    'The stack has no output ClusterArn, so there is no cluster to look at.',
    'Deploy, then look again.',
  )

/** The addresses that the functions got as KAFKA_BROKERS. */
export const brokersFinding = ({ Brokers }: StackOutputs): Finding =>
  Brokers
    ? ok('brokers', Brokers.replaceAll(',', '\n'))
    : broken(
        'brokers',
        'The stack has no output Brokers, so the functions do not know where Kafka is.',
        'Deploy again; the log of bootstrapBrokers says why MSK did not name them.',
      )
