import { OrderSystemError, reasonOf } from '../errors.ts'
import type { KafkaRecord } from './kafkaEvent.ts'

/**
 * What became of one record: `value` is what processing it gave, `item` what it was decoded to, `expected` tells a
 * failure of a known kind from one that nobody thought of.
 */
export type RecordOutcome<Item, T> =
  | { kind: 'done'; record: KafkaRecord; item: Item; value: T }
  | { kind: 'invalid'; record: KafkaRecord; item?: Item; reason: string }
  | { kind: 'failed'; record: KafkaRecord; item?: Item; reason: string; expected: boolean }
  | { kind: 'waiting'; record: KafkaRecord; item: Item; reason: string }

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
  const keyOfTask = ({ record, item }: Task<Item>) =>
    (record.key ?? Buffer.from(keyOf(item), 'utf8')).toString('base64')
  return [...Map.groupBy(tasks, keyOfTask).values()]
}

async function processLane<Item, T>(
  lane: Task<Item>[],
  { process, hasTime }: BatchWork<Item, T>,
  outcomes: RecordOutcome<Item, T>[],
): Promise<void> {
  let held: string | undefined
  for (const { position, record, item } of lane) {
    if (held === undefined && !hasTime()) held = 'the remaining time of the invocation is too short for it'
    if (held !== undefined) {
      outcomes[position] = { kind: 'waiting', record, item, reason: held }
      continue
    }
    try {
      outcomes[position] = { kind: 'done', record, item, value: await process(item, record) }
    } catch (error) {
      outcomes[position] = failureOf(record, error, item)
      if (outcomes[position].kind === 'failed') held = 'an earlier record of its key failed'
    }
  }
}

/** What an error makes of its record. Only one that says it is permanent is; one that nobody expected is tried again. */
export function failureOf<Item, T>(record: KafkaRecord, error: unknown, item?: Item): RecordOutcome<Item, T> {
  const what = { record, ...(item === undefined ? {} : { item }), reason: reasonOf(error) }
  const expected = error instanceof OrderSystemError
  if (expected && !error.retryable) return { kind: 'invalid', ...what }
  return { kind: 'failed', ...what, expected }
}
