import { randomUUID } from 'node:crypto'
import type { KafkaRecord } from '../event/kafkaRecord.ts'
import { type AwsService, awsCredentials, awsRegion } from './awsEndpoint.ts'
import { openSender, type Sender } from './awsSenders.ts'
import type { FailedBatch, OnFailureDestination } from './failedBatch.ts'
import { nameInArn, regionInArn } from './localArn.ts'
import { s3Key } from './s3Key.ts'

type AwsDestinationOptions = {
  readonly service: AwsService
  readonly arn: string
  readonly label: string
  readonly endpoint: string
  readonly mappingName: string
  /** The JSON text of a batch's document. */
  readonly document: (failed: FailedBatch, at: Date) => string
  readonly environment: NodeJS.ProcessEnv
  /** The longest time that one document may take, the SDK's own retries included. */
  readonly timeoutMs?: number
}

const DELIVERY_LIMIT_MS = 30_000

/** A queue, a topic of SNS or a bucket at a local endpoint: one document for each failed batch. */
export class AwsDestination implements OnFailureDestination {
  readonly label: string
  readonly #options: AwsDestinationOptions
  #sender: Promise<Sender> | undefined

  constructor(options: AwsDestinationOptions) {
    this.label = options.label
    this.#options = options
  }

  async send(failed: FailedBatch): Promise<void> {
    const { document, mappingName, timeoutMs = DELIVERY_LIMIT_MS } = this.#options
    const at = new Date()
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      this.#sender ??= this.#open()
      const sender = await this.#sender
      await sender.deliver({
        document: document(failed, at),
        key: s3Key(mappingName, failed.records[0] as KafkaRecord, at, randomUUID()),
        signal,
      })
    } catch (cause) {
      const why = signal.aborted ? `no answer within ${timeoutMs} ms` : reason(cause as Error)
      throw new Error(`${this.label} at ${this.#options.endpoint}: ${why}`, { cause })
    }
  }

  async close(): Promise<void> {
    const sender = await this.#sender?.catch(() => undefined)
    sender?.close()
  }

  #open(): Promise<Sender> {
    const { service, arn, endpoint, environment } = this.#options
    return openSender[service]({
      arn,
      name: nameInArn(arn),
      client: {
        endpoint,
        region: regionInArn(arn) ?? awsRegion(environment) ?? 'us-east-1',
        credentials: awsCredentials(environment),
      },
    })
  }
}

/** A name that resolves to several addresses gives an error without a message; of the SDK's errors, the name says most. */
export function reason({ name, message, code }: NodeJS.ErrnoException): string {
  if (message === '') return code ?? name
  return name === 'Error' ? message : `${name}: ${message}`
}
