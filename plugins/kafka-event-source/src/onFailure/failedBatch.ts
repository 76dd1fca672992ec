import type { KafkaRecord } from '../event/kafkaRecord.ts'

/** Why the function gets these records no more. */
export type FailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded'

/**
 * Records that are given up together: what an on-failure destination is told of.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
 */
export type FailedBatch = {
  /** In offset order within each partition, at least one. */
  readonly records: readonly KafkaRecord[]
  readonly condition: FailureCondition
  /** Of the last invocation that carried them; of none when they were never sent. */
  readonly requestId: string
  /** The first invocation plus the retries; 0 when they were never sent. */
  readonly invokeCount: number
  /** The invocation's end was a function error; otherwise the function reported the records. Absent unless retries ran out. */
  readonly functionError?: boolean
}

/** Where failed batches of one mapping go. */
export type OnFailureDestination = {
  /** For the terminal: `topic dead_letters`, `queue orders-dlq`. */
  readonly label: string
  /**
   * Settles when the batch lies safely there.
   * @throws {Error} it does not, or not all of it. To be called again with the same object: what is known to lie there is
   *   not sent twice then
   */
  send(failed: FailedBatch): Promise<void>
  close(): Promise<void>
}

/** An ARN as text, or a CloudFormation function that only a deployment resolves. */
export type ArnOrReference = string | Readonly<Record<string, unknown>>

/** A destination as serverless.yml names it. `topic` is of the mapping's own cluster. */
export type OnFailureTarget =
  | { readonly type: 'kafka'; readonly topic: string }
  | { readonly type: 'sqs' | 'sns' | 's3'; readonly arn: ArnOrReference }
