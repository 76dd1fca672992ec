import type { Stack } from '@aws-sdk/client-cloudformation'
import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda'
import { type Finding, ok } from '../finding.ts'
import { findingsOf } from './ask.ts'
import type { Calls } from './calls.ts'
import { authenticationFinding, authenticationsOf, clusterFinding } from './cluster.ts'
import { functionFinding } from './functions.ts'
import { mappingFindings } from './mappings.ts'
import { noTableOutput, tableFinding } from './outcomes.ts'
import {
  brokersFinding,
  failedResources,
  noOutputs,
  outputsOf,
  partsOf,
  type StackParts,
  stackFinding,
} from './stack.ts'
import { topicFindings, topicsInUse } from './topics.ts'

/** Follows a deployment from its stack to all that the stack made. */
export async function examineAccount(calls: Calls, stage: string): Promise<Finding[]> {
  const [identity, stack, resources] = await Promise.all([
    calls.identity(),
    calls.stack(stage),
    calls.resources(stage),
  ])
  const account = findingsOf(identity, ({ Account, Arn }) => ok('account', `${Account}, as ${Arn}`))
  if ('failure' in stack) return [...account, stack.failure]

  const ofStack = stackFinding(stack.value, stage)
  const failures = ofStack.state === 'ok' ? [] : findingsOf(await calls.events(stage), failedResources)
  if ('failure' in resources) return [...account, ofStack, ...failures, resources.failure]

  const parts = await examineParts(calls, stack.value, partsOf(resources.value))
  return [...account, ofStack, ...failures, ...parts]
}

async function examineParts(calls: Calls, stack: Stack, parts: StackParts): Promise<Finding[]> {
  const outputs = outputsOf(stack)
  const { ClusterArn, KafkaAuth, OutcomesTable } = outputs
  const [ofCluster, functions, mappings, topics, table] = await Promise.all([
    ClusterArn ? examineCluster(calls, ClusterArn, KafkaAuth) : [noOutputs()],
    Promise.all(parts.functions.map((name) => calls.functionSettings(name))),
    Promise.all(parts.mappings.map((uuid) => calls.mapping(uuid))),
    ClusterArn ? calls.topics(ClusterArn) : undefined,
    OutcomesTable ? calls.table(OutcomesTable) : undefined,
  ])
  const known: EventSourceMappingConfiguration[] = mappings.flatMap((answer) =>
    'value' in answer ? [answer.value] : [],
  )
  return [
    ...ofCluster,
    ...(ClusterArn ? [brokersFinding(outputs)] : []),
    ...(topics
      ? findingsOf(topics, (present) => topicFindings(topicsInUse(known, parts.topics), present))
      : []),
    ...(table ? findingsOf(table, (found) => tableFinding(found.table, found.timeToLive)) : []),
    ...(ClusterArn && !table ? [noTableOutput()] : []),
    ...functions.flatMap((answer) => findingsOf(answer, functionFinding)),
    ...mappings.flatMap((answer) => findingsOf(answer, mappingFindings)),
  ]
}

async function examineCluster(calls: Calls, arn: string, kafkaAuth: string | undefined): Promise<Finding[]> {
  return findingsOf(await calls.cluster(arn), (cluster) => [
    clusterFinding(cluster),
    ...(kafkaAuth ? [authenticationFinding(kafkaAuth, authenticationsOf(cluster))] : []),
  ])
}
