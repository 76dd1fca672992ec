import { join } from 'node:path'
import type { Kafka } from 'kafkajs'
import type { EventSource } from '../event/lambdaEvent.ts'
import type { Log } from '../serverless/serverless.ts'
import type { Resources } from '../settings/resources.ts'
import { AwsDestination } from './AwsDestination.ts'
import { awsEndpoint, awsRegion } from './awsEndpoint.ts'
import { FileDestination } from './FileDestination.ts'
import type { FailedBatch, OnFailureDestination, OnFailureTarget } from './failedBatch.ts'
import { batchDocument, batchDocumentWithPayload } from './failureDocument.ts'
import { KafkaDestination } from './KafkaDestination.ts'
import { localArn, nameInArn } from './localArn.ts'

export type DestinationOptions = {
  /** Begins every line in the terminal. */
  readonly name: string
  /** Names the mapping's file and its S3 objects. */
  readonly mappingName: string
  /** Without version or alias. */
  readonly functionArn: string
  readonly source: EventSource
  /** A client of the mapping's own cluster. */
  readonly kafka: Kafka
  readonly log: Log
  /** The folder for what is kept locally; made when it is first needed. */
  readonly dataFolder: string
  readonly environment: NodeJS.ProcessEnv
  readonly resources: Resources
}

const NOUN = { sqs: 'queue', sns: 'SNS topic', s3: 'bucket' } as const

/**
 * Where the failed batches of a mapping go. Nothing goes to AWS: what is not a topic of the cluster goes to the endpoint
 * that AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_SQS, _SNS, _S3) names, or to a file.
 * @throws {Error} an endpoint that is no URL, or a reference that cannot be resolved locally
 */
export function openDestination(target: OnFailureTarget, options: DestinationOptions): OnFailureDestination {
  const { name, mappingName, functionArn, source, kafka, log, dataFolder, environment, resources } = options
  const context = { functionArn, source }
  if (target.type === 'kafka') {
    return new KafkaDestination({ name, kafka, topic: target.topic, context, log })
  }

  const { type } = target
  const arn = localArn(target, resources, awsRegion(environment))
  const label = `${NOUN[type]} ${nameInArn(arn)}`
  const describe = type === 's3' ? batchDocumentWithPayload : batchDocument
  const document = (failed: FailedBatch, at: Date) => JSON.stringify(describe(failed, context, at))
  const endpoint = awsEndpoint(type, environment)
  if (endpoint !== undefined) {
    return new AwsDestination({ service: type, arn, label, endpoint, mappingName, document, environment })
  }
  return new FileDestination({
    file: join(dataFolder, 'on-failure', `${mappingName.replace(/[^\w.-]/g, '_')}.jsonl`),
    document,
    announce: (file) =>
      log.warning(
        `${name}: what fails goes to ${file} instead of ${label}, because AWS_ENDPOINT_URL is not set`,
      ),
  })
}
