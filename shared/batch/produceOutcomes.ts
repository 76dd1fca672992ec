import { RecordRefusedError, reasonOf } from '../errors.ts'
import type { OutgoingRecord } from '../kafka/producer.ts'
import { failureOf, type RecordOutcome } from './processBatch.ts'
import { produceEach } from './produceEach.ts'

/** What the work on a record gave. */
export interface Work {
  /** To be written to Kafka. */
  result?: OutgoingRecord
  /** It was done before. */
  repeated: boolean
}

type Outcome<Item> = RecordOutcome<Item, Work>
type Invalid<Item> = Extract<Outcome<Item>, { kind: 'invalid' }>

export interface ProduceOutcomesOptions<Item> {
  send: (records: readonly OutgoingRecord[]) => Promise<void>
  /** The forms of a dead letter, to be tried in turn when Kafka refuses one. */
  lettersOf(outcome: Invalid<Item>): OutgoingRecord[]
}

/** A record to write, and what is written in its place when Kafka refuses it for good. */
interface Writing {
  position: number
  outgoing: OutgoingRecord
  instead: OutgoingRecord[]
}

/**
 * Writes what the outcomes of a batch leave behind, results and dead letters, in one call where that fits. When it fails,
 * every record whose result or dead letter it carried has failed, and those of the calls that would have followed. What Kafka
 * refuses for good is no reason to send the others again: a result becomes a dead letter, and a dead letter a smaller one.
 * @returns the outcomes as they are now, in their order
 */
export async function produceOutcomes<Item>(
  outcomes: readonly Outcome<Item>[],
  { send, lettersOf }: ProduceOutcomesOptions<Item>,
): Promise<Outcome<Item>[]> {
  const settled = [...outcomes]

  /** Changes a result that Kafka refuses into a dead letter; undefined when there is nothing left to try. */
  function next({ position, instead }: Writing, error: RecordRefusedError): Writing | undefined {
    const outcome = settled[position] as Outcome<Item>
    if (outcome.kind !== 'done') return writing(position, instead)
    const { record, item } = outcome
    const refused: Invalid<Item> = {
      kind: 'invalid',
      record,
      item,
      condition: error.code,
      reason: reasonOf(error),
    }
    settled[position] = refused
    return writing(position, lettersOf(refused))
  }

  let writings = settled.flatMap((outcome, position) => {
    if (outcome.kind === 'invalid') return writing(position, lettersOf(outcome)) ?? []
    const result = outcome.kind === 'done' ? outcome.value.result : undefined
    return result ? { position, outgoing: result, instead: [] } : []
  })
  while (writings.length > 0) {
    const errors = await produceEach(
      writings.map(({ outgoing }) => outgoing),
      send,
    )
    writings = writings.flatMap((each, index) => {
      const error = errors[index]
      if (error === undefined) return []
      const following = error instanceof RecordRefusedError ? next(each, error) : undefined
      if (following) return following
      settled[each.position] = notWritten(settled[each.position] as Outcome<Item>, error)
      return []
    })
  }
  return settled
}

function writing(position: number, [outgoing, ...instead]: OutgoingRecord[]): Writing | undefined {
  return outgoing && { position, outgoing, instead }
}

/** It stays on its topic and comes again, also when it is the dead letter that nothing takes. */
function notWritten<Item>({ record, ...outcome }: Outcome<Item>, error: unknown): Outcome<Item> {
  const failure = failureOf<Item, Work>(record, error, outcome.item)
  if (failure.kind !== 'invalid') return failure
  const { condition: _, ...what } = failure
  return { ...what, kind: 'failed', mayPass: false }
}
