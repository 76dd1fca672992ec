import * as z from 'zod'
import { isReference, reference, topicName } from './fields.ts'
import type { DeclaredDestination } from './onFailureTarget.ts'
import { causes, wording } from './settingsError.ts'

/** An SQS queue, an SNS topic or an S3 bucket. */
const DESTINATION_ARN =
  /^arn:aws[\w-]*:(?:(sqs|sns):[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?|(s3):::[a-z0-9][a-z0-9.-]+)$/
const KAFKA_DESTINATION = 'kafka://'
const NO_DESTINATION =
  'must be the ARN of an SQS queue, an SNS topic or an S3 bucket, kafka://<topic>, a reference such as Fn::GetAtt, or { arn, type }'

const resourceDestination = z.strictObject({
  arn: z.union([z.string(), reference], 'must be an ARN or a reference to one'),
  type: z.enum(['sqs', 'sns', 's3']).optional(),
})

/** As the `stream` event of Serverless has it, with S3 and Kafka topics too. */
export const destination = z
  .union([z.string(), z.record(z.string(), z.unknown())], NO_DESTINATION)
  .transform((value, context): DeclaredDestination => {
    const refuse = (message: string, path: PropertyKey[] = []) => {
      context.addIssue({ code: 'custom', path, message })
      return z.NEVER
    }
    if (typeof value === 'string' && value.startsWith(KAFKA_DESTINATION)) {
      const topic = value.slice(KAFKA_DESTINATION.length)
      // CloudFormation wants 12 characters in all.
      if (topic.length < 4)
        return refuse('must name a topic of four characters at least, says CloudFormation')
      const { error } = topicName.safeParse(topic)
      return error === undefined
        ? { type: 'kafka', topic }
        : refuse(`its topic ${error.issues[0]?.message ?? ''}`)
    }

    const declared = resourceDestination.safeParse(
      typeof value === 'string' || isReference(value) ? { arn: value } : value,
      { error: wording },
    )
    if (!declared.success) {
      for (const { path, message } of causes(declared.error)) refuse(message, path)
      return z.NEVER
    }
    const { arn, type } = declared.data
    if (typeof arn !== 'string') return { type, arn }
    const [, queueOrTopic, bucket] = DESTINATION_ARN.exec(arn) ?? []
    const known = (queueOrTopic ?? bucket) as 'sqs' | 'sns' | 's3' | undefined
    if (known === undefined || arn.length > 350) return refuse(NO_DESTINATION)
    if (type !== undefined && type !== known) return refuse(`is ${known} by its ARN`, ['type'])
    return { type: known, arn }
  })
