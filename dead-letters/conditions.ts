/** What to expect of a replay of dead letters, by why they were given up. */
const ADVICE: Record<string, string> = {
  RetriesExhausted: 'replay it once the cause of the failures is mended',
  RecordAgeExceeded: 'replay it if it still matters: it waited longer than the mapping keeps records',
  MaximumPayloadSizeExceeded: 'a replay is as large and will come back; the function cannot take it',
  InvalidRecord: 'a replay will come back as it is; whoever wrote the record has to write a right one',
  Conflict: 'a replay will come back as it is: its order id belongs to another order that came before',
  Declined: 'a replay stays declined, since that is remembered for its order id; a new order needs a new id',
  RecordRefused:
    'it is charged, and its result was refused by Kafka: mend the limit of that topic, then replay it',
}

export const adviceOn = (condition: string): string | undefined =>
  Object.hasOwn(ADVICE, condition) ? ADVICE[condition] : undefined

/** A line for each condition about which there is something to say. */
export const adviceLines = (conditions: Iterable<string>): string[] =>
  [...new Set(conditions)].sort().flatMap((condition) => {
    const advice = adviceOn(condition)
    return advice === undefined ? [] : `${condition}: ${advice}`
  })
