import { isUtf8 } from 'node:buffer'
import { PermanentError, RetryableError, reasonOf } from '../errors.ts'
import type { KafkaRecord } from './kafkaEvent.ts'

/**
 * What became of one record: `value` is what processing it gave, `item` what it was decoded to, `condition` the code of
 * the error that rules it out. `mayPass` tells trouble of a known kind, which is worth another try soon, from an error that
 * nobody thought of.
 */
export type RecordOutcome<Item, T> =
  | { kind: 'done'; record: KafkaRecord; item: Item; value: T }
  | { kind: 'invalid'; record: KafkaRecord; item?: Item; condition: string; reason: string }
  | { kind: 'failed'; record: KafkaRecord; item?: Item; reason: string; mayPass: boolean }
  /** Held back: by an earlier record of its key, or since there is no time for it. */
  | { kind: 'waiting'; record: KafkaRecord; item: Item; reason: string; mayPass: boolean }

/** A record that is not settled: its mapping has to send it again. */
export type Unsettled<Item, T> = Extract<RecordOutcome<Item, T>, { kind: 'failed' | 'waiting' }>

export const isUnsettled = <Item, T>(outcome: RecordOutcome<Item, T>): outcome is Unsettled<Item, T> =>
  outcome.kind === 'failed' || outcome.kind === 'waiting'

export interface BatchWork<Item, T> {
  /** @throws InvalidRecordError for a record that can never be processed */
  decode(record: KafkaRecord): Item
  /** Key of an item whose record has none, so that its records keep their order. */
  keyOf(item: Item): string
  process(item: Item, record: KafkaRecord): Promise<T>
  /** Records worked on side by side, at most. */
  concurrency: number
  /** Whether enough of the invocation's time is left to begin another record. */
  hasTime(): boolean
}

interface Task<Item> {
  position: number
  record: KafkaRecord
  item: Item
}

/**
 * Works on the records of one batch side by side, and in their order within a key: the record's key, or what `keyOf`
 * says when it has none. A record that fails holds back the later ones of its key, and no others.
 * @returns one outcome for each record, in the order of the records; it never rejects
 */
export async function processBatch<Item, T>(
  records: readonly KafkaRecord[],
  work: BatchWork<Item, T>,
): Promise<RecordOutcome<Item, T>[]> {
  const outcomes = new Array<RecordOutcome<Item, T>>(records.length)
  const tasks: Task<Item>[] = []
  for (const [position, record] of records.entries()) {
    try {
      tasks.push({ position, record, item: work.decode(record) })
    } catch (error) {
      outcomes[position] = failureOf(record, error)
    }
  }
  const lanes = lanesByKey(tasks, work)
  const nextLane = lanes.values()
  const workers = Array.from({ length: Math.min(work.concurrency, lanes.length) }, async () => {
    for (const lane of nextLane) await processLane(lane, work, outcomes)
  })
  await Promise.all(workers)
  return outcomes
}

/** The tasks that must keep their order, together. A keyless record shares the lane of an equal key. */
function lanesByKey<Item, T>(tasks: Task<Item>[], { keyOf }: BatchWork<Item, T>): Task<Item>[][] {
  const laneOf = ({ record, item }: Task<Item>) => (record.key === null ? keyOf(item) : textOf(record.key))
  return [...Map.groupBy(tasks, laneOf).values()]
}

/** Another text for each key, and the key's own where it has one. */
const textOf = (key: Buffer): string => (isUtf8(key) ? key.toString() : `${NO_TEXT}${key.toString('base64')}`)

/** Half of a surrogate pair, which is in no text of UTF-8. */
const NO_TEXT = '\uD800'

async function processLane<Item, T>(
  lane: Task<Item>[],
  { process, hasTime }: BatchWork<Item, T>,
  outcomes: RecordOutcome<Item, T>[],
): Promise<void> {
  let held: { reason: string; mayPass: boolean } | undefined
  for (const { position, record, item } of lane) {
    if (held === undefined && !hasTime()) {
      held = { reason: 'the remaining time of the invocation is too short for it', mayPass: true }
    }
    if (held !== undefined) {
      outcomes[position] = { kind: 'waiting', record, item, ...held }
      continue
    }
    try {
      outcomes[position] = { kind: 'done', record, item, value: await process(item, record) }
    } catch (error) {
      const outcome = failureOf<Item, T>(record, error, item)
      outcomes[position] = outcome
      if (outcome.kind === 'failed') {
        held = { reason: 'an earlier record of its key failed', mayPass: outcome.mayPass }
      }
    }
  }
}

/** What an error makes of its record. Only one that says it is permanent is; one that nobody expected is tried again. */
export function failureOf<Item, T>(record: KafkaRecord, error: unknown, item?: Item): RecordOutcome<Item, T> {
  const what = { record, ...(item === undefined ? {} : { item }), reason: reasonOf(error) }
  if (error instanceof PermanentError) return { kind: 'invalid', ...what, condition: error.code }
  return { kind: 'failed', ...what, mayPass: error instanceof RetryableError }
}
