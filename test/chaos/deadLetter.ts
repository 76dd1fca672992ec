import * as z from 'zod'
import { placeOf, type RawRecord } from './topicRecords.ts'

/** What a dead letter says, as far as it can be compared with the record that it stands for. */
export interface DeadLetter {
  /** Of the record, see `placeOf`. */
  place: string
  condition: string
  reason: string | undefined
  /** Of the dead letter itself. */
  key: Buffer | null
  /** Undefined when it was too large to be taken along. */
  record: RawRecord | undefined
}

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'))
const recordSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  key: base64.optional().transform((key) => key ?? null),
  value: base64.nullable(),
  headers: z
    .array(
      z.record(
        z.string(),
        z.array(z.int().min(-128).max(127)).transform((bytes) => Buffer.from(bytes)),
      ),
    )
    .transform((headers) => headers.flatMap((header) => Object.entries(header))),
})
const requestContext = z.object({ condition: z.string(), reason: z.string().optional() })
const documentSchema = z.union([
  z.object({
    requestContext,
    payload: z.object({ records: z.record(z.string(), z.tuple([recordSchema])) }),
  }),
  z.object({
    requestContext,
    payload: z.undefined(),
    KafkaBatchInfo: z.object({
      recordInfo: z.object({
        topic: z.string(),
        partition: z.int(),
        offset: z.string().transform(Number),
      }),
    }),
  }),
])

/**
 * Reads one record of the topic `dead_letters`.
 * @throws Error when it is not AWS's on-failure document of one record
 */
export function readDeadLetter({ value, key, ...self }: RawRecord): DeadLetter {
  const parsed = documentSchema.safeParse(JSON.parse(value?.toString('utf8') ?? 'null'))
  if (!parsed.success) {
    throw new Error(`${placeOf(self)} is no on-failure document: ${parsed.error.message}`)
  }
  const document = parsed.data
  const { condition, reason } = document.requestContext
  if (document.payload === undefined) {
    return {
      ...{ condition, reason, key, record: undefined },
      place: placeOf(
        (document as Extract<typeof document, { payload: undefined }>).KafkaBatchInfo.recordInfo,
      ),
    }
  }
  const [record] = Object.values(document.payload.records)[0] ?? []
  if (record === undefined) throw new Error(`${placeOf(self)} has no record in its payload`)
  return { condition, reason, key, record, place: placeOf(record) }
}
