import { onOneLine } from '../shared/text.ts'
import { adviceLines } from './conditions.ts'
import { isReadable, type ListedLetter } from './listedLetter.ts'
import { idOf } from './place.ts'
import { ageText, isoTime } from './times.ts'

const HEADINGS = [
  'ID',
  'CONDITION',
  'REASON',
  'TOPIC',
  'PARTITION',
  'OFFSET',
  'AGE',
  'ATTEMPTS',
  'ORDER',
  'REPLAYED',
]

/** Characters of a cell, at most. */
const CELL = 60

/**
 * A table of the dead letters, what to expect of a replay, and how many there are. Nothing of what the records hold but the
 * order ids.
 * @param replayedAt by id; undefined: it is not known
 */
export function listText(
  letters: readonly ListedLetter[],
  replayedAt: ReadonlyMap<string, string> | undefined,
  now: number,
): string {
  const rows = letters.map((letter) =>
    cellsOf(letter, replayedAt === undefined ? '?' : (replayedAt.get(idOf(letter.place)) ?? '-'), now),
  )
  const table = rows.length === 0 ? [] : [...alignedLines([HEADINGS, ...rows]), '']
  const readable = letters.filter(isReadable)
  const advice = adviceLines(readable.map(({ content }) => content.condition))
  const counts = [
    letters.length === 1 ? '1 dead letter' : `${letters.length} dead letters`,
    ...(replayedAt?.size ? [`${replayedAt.size} replayed`] : []),
    ...(readable.length < letters.length ? [`${letters.length - readable.length} unreadable`] : []),
  ]
  return [...table, ...advice.map((line) => `${line}.`), `${counts.join(', ')}.`].join('\n')
}

function cellsOf(letter: ListedLetter, replayed: string, now: number): string[] {
  const id = idOf(letter.place)
  const age = ageText(now - letter.timestamp)
  if (!isReadable(letter)) {
    return [id, 'unreadable', letter.content.unreadable, '-', '-', '-', age, '-', '-', '-'].map(cell)
  }
  const { condition, reason, topic, partition, offset, attempts, orderId } = letter.content
  return [
    id,
    condition,
    reason ?? '-',
    topic,
    String(partition),
    String(offset),
    age,
    String(attempts ?? '-'),
    orderId ?? '-',
    replayed,
  ].map(cell)
}

function cell(text: string): string {
  const line = onOneLine(text)
  return line.length > CELL ? `${line.slice(0, CELL - 1)}…` : line
}

function alignedLines(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  )
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** One dead letter as a line of JSON, for other programs. */
export function listJson(letter: ListedLetter, replayedAt: ReadonlyMap<string, string> | undefined): string {
  const id = idOf(letter.place)
  const timestamp = isoTime(letter.timestamp)
  if (!isReadable(letter)) return JSON.stringify({ id, timestamp, ...letter.content })
  const { condition, reason, topic, partition, offset, attempts, orderId } = letter.content
  const replayed = replayedAt === undefined ? {} : { replayedAt: replayedAt.get(id) ?? null }
  return JSON.stringify({
    ...{ id, timestamp, condition, reason, topic, partition, offset, attempts, orderId },
    ...replayed,
  })
}
