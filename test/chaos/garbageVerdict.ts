import type { DeadLetter } from './deadLetter.ts'
import type { Evidence } from './evidence.ts'
import { placeOf, type RawRecord } from './topicRecords.ts'

/**
 * What is wrong with the garbage, a line each: every record of it is a dead letter, with all its bytes. Orders among the dead
 * letters are not looked at here.
 */
export function garbageFaults({ garbage, garbageWritten, deadLetters }: Evidence): string[] {
  const letters = Map.groupBy(deadLetters, ({ place }) => place)
  const present = new Set(garbage.map(placeOf))
  return [
    ...deadLetters
      .filter(({ place, record }) => record === undefined && !present.has(place))
      .map(({ place }) => `${place} is no garbage, and a dead letter without its record`),
    ...garbageWritten
      .filter((place) => !present.has(place))
      .map((place) => `garbage ${place} was acknowledged, and is not on its topic`),
    ...garbage.flatMap((record) => {
      const place = placeOf(record)
      const ofRecord = letters.get(place) ?? []
      if (ofRecord.length === 0) return [`garbage ${place} is no dead letter`]
      const differing = ofRecord.flatMap((letter) => differenceOf(record, letter) ?? [])
      return differing.map((what) => `garbage ${place} has another ${what} as a dead letter`)
    }),
  ]
}

/** What of a record is not as it was; undefined when all is. */
function differenceOf(record: RawRecord, letter: DeadLetter): string | undefined {
  if (letter.record === undefined) return 'content (none at all)'
  if (!sameBytes(record.value, letter.record.value)) return 'value'
  if (!sameBytes(record.key, letter.record.key)) return 'key'
  if (!sameBytes(record.key, letter.key)) return 'key of its own'
  const [was, is] = [record.headers, letter.record.headers]
  const same =
    was.length === is.length &&
    was.every(([name, bytes], at) => is[at]?.[0] === name && sameBytes(bytes, is[at][1]))
  return same ? undefined : 'headers'
}

/** The event has no difference between a header of null and an empty one, nor needs it one. */
const sameBytes = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0
