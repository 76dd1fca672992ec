import * as z from 'zod'
import type { KafkaRecord, RecordHeader } from '../plugins/kafka-event-source/src/event/kafkaRecord.ts'

/** A record that was given up, as its document on the topic of dead letters tells of it. */
export interface DeadLetter {
  /** Why: `RetriesExhausted`, `Declined`, … */
  condition: string
  /** In words, by the functions' own documents. */
  reason: string | undefined
  functionArn: string | undefined
  /** Invocations that carried the record. */
  attempts: number | undefined
  /** When it was given up, as the document has it. */
  failedAt: string | undefined
  topic: string
  partition: number
  offset: number
  /** The record's own time as the document has it, ISO 8601. */
  recordTime: string | undefined
  /** Undefined: the document came without it, since with it it was too large for the topic. */
  record: KafkaRecord | undefined
}

/** What lies there is no document of a failed record; the message says why, without what it holds. */
export class NotADeadLetterError extends Error {}

const place = { topic: z.string().min(1), partition: z.int().nonnegative() }

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'))

/** Lambda writes bytes as Java does, from -128. */
const headerBytes = z.array(z.int().min(-128).max(255)).transform((numbers) => Buffer.from(numbers))

/** Not `z.record`, which leaves out a header named `__proto__`. */
const header = z
  .custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .transform((value) => Object.entries(value))
  .pipe(z.array(z.tuple([z.string(), headerBytes.nullable()])))

const recordSchema = z.object({
  ...place,
  offset: z.int().nonnegative(),
  /** Kafka has -1 for none. */
  timestamp: z.int().default(-1),
  timestampType: z.enum(['CREATE_TIME', 'LOG_APPEND_TIME']).default('CREATE_TIME'),
  key: bytes.nullish().transform((key) => key ?? null),
  value: bytes.nullish().transform((value) => value ?? null),
  headers: z
    .array(header)
    .nullish()
    .transform((headers): RecordHeader[] => (headers ?? []).flat()),
})

const contextSchema = z.object({
  requestContext: z.object({
    condition: z.string().min(1),
    reason: z.string().optional(),
    functionArn: z.string().optional(),
    approximateInvokeCount: z.number().optional(),
  }),
  timestamp: z.string().optional(),
})

const batchInfo = <Place extends z.ZodRawShape>(where: Place) =>
  z.object({
    recordInfo: z.object({
      offset: z.string().regex(/^\d+$/).transform(Number).pipe(z.int()),
      timestamp: z.string().optional(),
      ...where,
    }),
  })

const wholeSchema = contextSchema.extend({
  KafkaBatchInfo: batchInfo({}).optional(),
  payload: z.object({
    records: z.record(z.string(), z.array(recordSchema)).transform((partitions, { addIssue }) => {
      const [record, ...others] = Object.values(partitions).flat()
      if (record !== undefined && others.length === 0) return record
      addIssue('must be exactly one')
      return z.NEVER
    }),
  }),
})

const bareSchema = contextSchema.extend({ KafkaBatchInfo: batchInfo(place) })

/**
 * Reads the value of a record on the topic of dead letters: AWS's document of a failed record, by the event source mapping
 * or by a function, with the record or, in `recordInfo`, the place where it was.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 * @throws NotADeadLetterError
 */
export function readDeadLetter(value: Buffer | null): DeadLetter {
  const document = parsed(value)
  if (hasPayload(document)) {
    const { payload, KafkaBatchInfo, ...context } = fitting(wholeSchema, document)
    const record = payload.records
    const recordTime = KafkaBatchInfo?.recordInfo.timestamp
    return { ...told(context), ...placeOf(record), recordTime, record }
  }
  const { KafkaBatchInfo, ...context } = fitting(bareSchema, document)
  const { recordInfo } = KafkaBatchInfo
  return { ...told(context), ...placeOf(recordInfo), recordTime: recordInfo.timestamp, record: undefined }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parsed(value: Buffer | null): unknown {
  if (value === null) throw new NotADeadLetterError('it has no value')
  try {
    return JSON.parse(utf8.decode(value))
  } catch {
    throw new NotADeadLetterError('it is not JSON')
  }
}

const hasPayload = (document: unknown): boolean =>
  typeof document === 'object' && document !== null && 'payload' in document

function fitting<T>(schema: z.ZodType<T>, document: unknown): T {
  const { success, data, error } = schema.safeParse(document)
  if (success) return data
  const [issue] = error.issues
  throw new NotADeadLetterError(`${issue?.path.join('.') || 'the document'}: ${issue?.message}`)
}

const told = ({ requestContext, timestamp }: z.infer<typeof contextSchema>) => ({
  condition: requestContext.condition,
  reason: requestContext.reason,
  functionArn: requestContext.functionArn,
  attempts: requestContext.approximateInvokeCount,
  failedAt: timestamp,
})

const placeOf = ({ topic, partition, offset }: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>) => ({
  topic,
  partition,
  offset,
})
