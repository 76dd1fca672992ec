import { setTimeout as pause } from 'node:timers/promises'
import { retryPauseMs } from '../waitOut.ts'
import type { KafkaRecord } from './kafkaEvent.ts'
import { isUnsettled, type RecordOutcome, type Unsettled } from './processBatch.ts'

export interface Rounds<Item, T> {
  /** Works on the records once: an outcome for each, in their order. */
  round(records: readonly KafkaRecord[]): Promise<RecordOutcome<Item, T>[]>
  /** Whether there is time for another round after a pause of so many milliseconds. */
  hasTimeAfter(pauseMs: number): boolean
  /** Hears of the outcomes that will not change any more, at the end of each round. */
  settle(outcomes: readonly RecordOutcome<Item, T>[]): void
  /** Hears why there is another round. */
  tell(reason: string): void
}

/**
 * Works on the records, and again on those whose trouble may pass, with growing pauses, as long as there is time. The others
 * do not wait for them: each round writes its results.
 * @returns what is to be sent again
 */
export async function workInRounds<Item, T>(
  records: readonly KafkaRecord[],
  { round, hasTimeAfter, settle, tell }: Rounds<Item, T>,
): Promise<Unsettled<Item, T>[]> {
  const unsettled: Unsettled<Item, T>[] = []
  let open = records
  for (let rounds = 1; ; rounds++) {
    const outcomes = await round(open)
    const pauseMs = retryPauseMs(rounds)
    const inTrouble = outcomes.filter(isUnsettled).filter(({ mayPass }) => mayPass)
    const [first] = inTrouble
    if (first === undefined || !hasTimeAfter(pauseMs)) {
      settle(outcomes)
      return [...unsettled, ...outcomes.filter(isUnsettled)]
    }
    const settled = outcomes.filter((outcome) => !(isUnsettled(outcome) && outcome.mayPass))
    settle(settled)
    unsettled.push(...settled.filter(isUnsettled))
    tell(first.reason)
    await pause(pauseMs)
    open = inTrouble.map(({ record }) => record)
  }
}
