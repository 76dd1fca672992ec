import {
  CloudFormationClient,
  DescribeStacksCommand,
  type DescribeStacksCommandOutput,
  paginateDescribeStackEvents,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DescribeClusterV2Command, KafkaClient, paginateListTopics } from '@aws-sdk/client-kafka'
import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, type GetCallerIdentityCommandOutput, STSClient } from '@aws-sdk/client-sts'
import { broken } from '../finding.ts'
import { ask } from './ask.ts'
import type { Credentials } from './credentials.ts'
import { noTable } from './outcomes.ts'
import { noStack, stackName } from './stack.ts'

/** The last operation on a stack has fewer events. */
const MOST_EVENTS = 500

export type Calls = ReturnType<typeof createCalls>

/**
 * What is asked of AWS; all of it only reads.
 * @param credentials resolved, so that not each client looks for them
 */
export function createCalls(region: string, credentials: Credentials) {
  const settings = { region, credentials, maxAttempts: 2 }
  const sts = new STSClient(settings)
  const cloudFormation = new CloudFormationClient(settings)
  const kafka = new KafkaClient(settings)
  const lambda = new LambdaClient(settings)
  const dynamoDb = new DynamoDBClient(settings)

  const identity = () =>
    ask({
      subject: 'account',
      action: 'sts:GetCallerIdentity',
      call: async (abortSignal) =>
        identified(await sts.send(new GetCallerIdentityCommand({}), { abortSignal })),
    })

  const stack = (stage: string) =>
    ask({
      subject: 'stack',
      action: 'cloudformation:DescribeStacks',
      unless: ({ message }) => (message.includes('does not exist') ? noStack(stage) : undefined),
      call: async (abortSignal) =>
        onlyStack(
          await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName(stage) }), {
            abortSignal,
          }),
        ),
    })

  const resources = (stage: string) =>
    ask({
      subject: 'resources',
      action: 'cloudformation:ListStackResources',
      call: (abortSignal) =>
        collect(
          paginateListStackResources(
            { client: cloudFormation },
            { StackName: stackName(stage) },
            { abortSignal },
          ),
          ({ StackResourceSummaries }) => StackResourceSummaries,
        ),
    })

  const events = (stage: string) =>
    ask({
      subject: 'resources',
      action: 'cloudformation:DescribeStackEvents',
      call: (abortSignal) =>
        collect(
          paginateDescribeStackEvents(
            { client: cloudFormation },
            { StackName: stackName(stage) },
            { abortSignal },
          ),
          ({ StackEvents }) => StackEvents,
          MOST_EVENTS,
        ),
    })

  const cluster = (ClusterArn: string) =>
    ask({
      subject: 'cluster',
      action: 'kafka:DescribeClusterV2',
      unless: ({ name }) =>
        name === 'NotFoundException'
          ? broken(
              'cluster',
              `There is no ${ClusterArn}.`,
              'It was deleted. Deploy to another one, or make a new one.',
            )
          : undefined,
      call: async (abortSignal) => {
        const { ClusterInfo } = await kafka.send(new DescribeClusterV2Command({ ClusterArn }), {
          abortSignal,
        })
        return ClusterInfo ?? {}
      },
    })

  const topics = (ClusterArn: string) =>
    ask({
      subject: 'topics',
      action: 'kafka:ListTopics',
      call: (abortSignal) =>
        collect(
          paginateListTopics({ client: kafka }, { ClusterArn }, { abortSignal }),
          ({ Topics }) => Topics,
        ),
    })

  const table = (TableName: string) =>
    ask({
      subject: 'outcomes',
      action: 'dynamodb:DescribeTable and dynamodb:DescribeTimeToLive',
      unless: ({ name }) => (name === 'ResourceNotFoundException' ? noTable(TableName) : undefined),
      call: async (abortSignal) => {
        const [{ Table = {} }, { TimeToLiveDescription = {} }] = await Promise.all([
          dynamoDb.send(new DescribeTableCommand({ TableName }), { abortSignal }),
          dynamoDb.send(new DescribeTimeToLiveCommand({ TableName }), { abortSignal }),
        ])
        return { table: Table, timeToLive: TimeToLiveDescription }
      },
    })

  const mapping = (UUID: string) =>
    ask({
      subject: `mapping ${UUID}`,
      action: 'lambda:GetEventSourceMapping',
      unless: gone(`mapping ${UUID}`),
      call: (abortSignal) => lambda.send(new GetEventSourceMappingCommand({ UUID }), { abortSignal }),
    })

  const functionSettings = (FunctionName: string) =>
    ask({
      subject: `function ${FunctionName}`,
      action: 'lambda:GetFunctionConfiguration',
      unless: gone(`function ${FunctionName}`),
      call: (abortSignal) =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName }), { abortSignal }),
    })

  return { identity, stack, resources, events, cluster, topics, table, mapping, functionSettings }
}

/** For what the stack has made and Lambda does not know any more. */
const gone = (subject: string) => (error: Error) =>
  error.name === 'ResourceNotFoundException'
    ? broken(
        subject,
        'The stack made it, and it is gone.',
        'Take it out of serverless.yml and deploy, then put it back and deploy again.',
      )
    : undefined

/** A page of a proxy may be read as an answer that says nothing. */
function identified(identity: GetCallerIdentityCommandOutput) {
  if (!identity.Account) throw new Error('STS named no account')
  return identity
}

function onlyStack({ Stacks }: DescribeStacksCommandOutput) {
  const [stack] = Stacks ?? []
  if (!stack) throw new Error('CloudFormation named no stack')
  return stack
}

async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => Item[] | undefined,
  most = Number.POSITIVE_INFINITY,
): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []))
    if (items.length >= most) break
  }
  return items
}
