import { type KafkaRecord, partitionName } from '../event/kafkaRecord.ts'
import { type EventSource, type LambdaKafkaEvent, lambdaEventText } from '../event/lambdaEvent.ts'
import type { FailedBatch, FailureCondition } from './failedBatch.ts'

/** What the documents of one mapping have in common. */
export type FailureContext = {
  /** Without version or alias: `arn:aws:lambda:us-east-1:000000000000:function:orders-dev-payment`. */
  readonly functionArn: string
  readonly source: EventSource
}

/** Keys, types and order are those of AWS's examples, here and below. */
type FailureMetadata<Condition, BatchInfo> = {
  requestContext: {
    requestId: string
    functionArn: string
    condition: Condition
    approximateInvokeCount: number
  }
  /** `null`: too large to be sent. Absent: given up for its age. */
  responseContext?: { statusCode: 200; executedVersion: '$LATEST'; functionError: 'Unhandled' | null } | null
  version: '1.0'
  /** ISO 8601, as all times in the documents. */
  timestamp: string
  KafkaBatchInfo: {
    /** Records. */
    batchSize: number
    /** Absent for a self-managed cluster. */
    eventSourceArn?: string
    bootstrapServers: string
    /** Bytes of the event as JSON. */
    payloadSize: number
  } & BatchInfo
}

/** One failed batch, for SQS and SNS: how to find its records again, not the records themselves. */
export type BatchDocument = FailureMetadata<FailureCondition, { recordsInfo: Record<string, OffsetRange> }>

/** One failed batch, for S3; `payload` is the event as JSON text. */
export type BatchDocumentWithPayload = BatchDocument & { payload: string }

/** The first and the last record of one partition; offsets as decimal text. */
export type OffsetRange = {
  firstRecordOffset: string
  lastRecordOffset: string
  firstRecordTimestamp: string
  lastRecordTimestamp: string
}

/** The guide has another name for spent retries where a topic is the destination. */
type RecordCondition = Exclude<FailureCondition, 'RetryAttemptsExhausted'> | 'RetriesExhausted'

/** One failed record, for a topic; `payload` is the event as the function would get it for this record alone. */
export type RecordDocument = FailureMetadata<
  RecordCondition,
  { recordInfo: { offset: string; timestamp: string } }
> & { payload: LambdaKafkaEvent }

/** A failed record's document without the record: `topic` and `partition`, which the payload had, move to `recordInfo`. */
export type BareRecordDocument = FailureMetadata<
  RecordCondition,
  { recordInfo: { topic: string; partition: number; offset: string; timestamp: string } }
>

/** @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
export const batchDocument = (failed: FailedBatch, context: FailureContext, at: Date): BatchDocument =>
  describeBatch(failed, context, at, lambdaEventText(failed.records, context.source))

/** @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
export function batchDocumentWithPayload(
  failed: FailedBatch,
  context: FailureContext,
  at: Date,
): BatchDocumentWithPayload {
  const payload = lambdaEventText(failed.records, context.source)
  return { ...describeBatch(failed, context, at, payload), payload }
}

/**
 * The document of one record of the batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 */
export function recordDocument(
  record: KafkaRecord,
  failed: FailedBatch,
  context: FailureContext,
  at: Date,
): RecordDocument {
  const payload = lambdaEventText([record], context.source)
  const { requestId, condition, invokeCount } = failed
  return {
    requestContext: {
      requestId,
      functionArn: `${context.functionArn}:$LATEST`,
      condition: condition === 'RetryAttemptsExhausted' ? 'RetriesExhausted' : condition,
      approximateInvokeCount: invokeCount,
    },
    ...responseContext(failed),
    version: '1.0',
    timestamp: at.toISOString(),
    KafkaBatchInfo: {
      ...batchInfo(1, context.source, payload),
      recordInfo: { offset: String(record.offset), timestamp: isoTime(record.timestamp) },
    },
    payload: JSON.parse(payload),
  }
}

/** For a topic that does not take the whole document. */
export function withoutPayload(
  { payload: _, ...metadata }: RecordDocument,
  { topic, partition }: KafkaRecord,
): BareRecordDocument {
  const { recordInfo, ...info } = metadata.KafkaBatchInfo
  return { ...metadata, KafkaBatchInfo: { ...info, recordInfo: { topic, partition, ...recordInfo } } }
}

function describeBatch(
  failed: FailedBatch,
  { functionArn, source }: FailureContext,
  at: Date,
  payload: string,
): BatchDocument {
  const { records, requestId, condition, invokeCount } = failed
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    ...responseContext(failed),
    version: '1.0',
    timestamp: at.toISOString(),
    KafkaBatchInfo: { ...batchInfo(records.length, source, payload), recordsInfo: offsetRanges(records) },
  }
}

/** Lambda answers an invocation with 200 whatever the function did. */
function responseContext({ condition, functionError }: FailedBatch): Pick<BatchDocument, 'responseContext'> {
  if (condition === 'RecordAgeExceeded') return {}
  if (condition === 'MaximumPayloadSizeExceeded') return { responseContext: null }
  return {
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: functionError === true ? 'Unhandled' : null,
    },
  }
}

const batchInfo = (
  batchSize: number,
  { eventSourceArn, bootstrapServers }: EventSource,
  payload: string,
) => ({
  batchSize,
  ...(eventSourceArn !== undefined && { eventSourceArn }),
  bootstrapServers,
  payloadSize: Buffer.byteLength(payload),
})

function offsetRanges(records: readonly KafkaRecord[]): Record<string, OffsetRange> {
  const ranges = new Map<string, OffsetRange>()
  for (const record of records) {
    const [offset, timestamp] = [String(record.offset), isoTime(record.timestamp)]
    const { firstRecordOffset = offset, firstRecordTimestamp = timestamp } =
      ranges.get(partitionName(record)) ?? {}
    ranges.set(partitionName(record), {
      firstRecordOffset,
      lastRecordOffset: offset,
      firstRecordTimestamp,
      lastRecordTimestamp: timestamp,
    })
  }
  return Object.fromEntries(ranges)
}

/** A record's timestamp may be any number of 64 bits, which is more than ISO 8601 can say. */
const LAST_TIME_MS = 8.64e15

const isoTime = (ms: number): string =>
  new Date(Math.max(-LAST_TIME_MS, Math.min(ms, LAST_TIME_MS))).toISOString()
