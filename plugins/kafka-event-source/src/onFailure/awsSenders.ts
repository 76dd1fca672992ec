import { installed } from '../../../../shared/installed.ts'
import type { AwsService } from './awsEndpoint.ts'

/** One document on its way; `key` is an object's, for S3. */
type Delivery = { readonly document: string; readonly key: string; readonly signal: AbortSignal }

/** The one thing that a destination needs of its service. */
export type Sender = { deliver(delivery: Delivery): Promise<void>; close(): void }

type SenderOptions = {
  readonly arn: string
  /** Of the queue, topic or bucket. */
  readonly name: string
  readonly client: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
}

/** The AWS SDK's clients are the user's to install: only who names such a destination needs one. */
export const openSender: Record<AwsService, (options: SenderOptions) => Promise<Sender>> = {
  async sqs({ name, client: options }) {
    const { SQSClient, GetQueueUrlCommand, SendMessageCommand } = await installed(
      '@aws-sdk/client-sqs',
      () => import('@aws-sdk/client-sqs'),
    )
    const client = new SQSClient({ ...options, useQueueUrlAsEndpoint: false })
    return {
      async deliver({ document, signal }) {
        const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }), {
          abortSignal: signal,
        })
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: document }), {
          abortSignal: signal,
        })
      },
      close: () => client.destroy(),
    }
  },

  async sns({ arn, client: options }) {
    const { SNSClient, PublishCommand } = await installed(
      '@aws-sdk/client-sns',
      () => import('@aws-sdk/client-sns'),
    )
    const client = new SNSClient(options)
    return {
      async deliver({ document, signal }) {
        await client.send(new PublishCommand({ TopicArn: arn, Message: document }), { abortSignal: signal })
      },
      close: () => client.destroy(),
    }
  },

  async s3({ name, client: options }) {
    const { S3Client, PutObjectCommand } = await installed(
      '@aws-sdk/client-s3',
      () => import('@aws-sdk/client-s3'),
    )
    const client = new S3Client({
      ...options,
      // A bucket's own host name leads to no local endpoint.
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    })
    return {
      async deliver({ document, key, signal }) {
        const object = { Bucket: name, Key: key, Body: document, ContentType: 'application/json' }
        await client.send(new PutObjectCommand(object), { abortSignal: signal })
      },
      close: () => client.destroy(),
    }
  },
}
