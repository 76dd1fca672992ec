import type { Connections } from './connections.ts'
import type { Letters } from './letters.ts'
import {
  isReadable,
  type ListedLetter,
  listedLetter,
  ofCondition,
  type ReadableLetter,
} from './listedLetter.ts'
import type { Selection } from './options.ts'
import type { Output } from './output.ts'
import { idOf } from './place.ts'
import { replayLetters } from './replayLetters.ts'
import { ReplayReport } from './replayReport.ts'

export interface ReplayOptions {
  which: Selection
  again: boolean
  dryRun: boolean
}

/**
 * Replays dead letters and prints what became of each, and a sum.
 * @returns whether none of those that were asked for is left
 * @throws TableUnavailableError
 * @throws {Error} the brokers do not answer, or refuse the authentication
 */
export async function replay(
  { which, again, dryRun }: ReplayOptions,
  connections: Connections,
  output: Output,
): Promise<boolean> {
  const report = new ReplayReport(output)
  const replays = await connections.replays()
  const asked = await lettersOf(which, connections.letters, report)
  const replayedAt = again ? new Map<string, string>() : await replays.of(asked)
  const selected = select(asked, replayedAt, 'ids' in which, report)
  if (!('ids' in which)) report.announce(selected.length)
  try {
    await replayLetters(selected, {
      ...connections,
      replays,
      dryRun,
      report: (letter, outcome) => report.add(letter, outcome),
    })
  } finally {
    report.sum(selected)
  }
  return report.complete
}

/** Those that there are; ids that name none are reported. */
async function lettersOf(which: Selection, letters: Letters, report: ReplayReport): Promise<ListedLetter[]> {
  if (!('ids' in which)) return ofCondition(await letters.list(), which.condition)
  const found = await letters.records(which.ids.map((id) => ({ topic: letters.topic, ...id })))
  const listed: ListedLetter[] = []
  for (const [id, letter] of found) {
    if (letter instanceof Error) report.failed(id, letter.message)
    else listed.push(listedLetter(letter))
  }
  return listed
}

/** Those that are to be replayed; the others are reported. One that was replayed is refused when it was asked for by name. */
function select(
  asked: readonly ListedLetter[],
  replayedAt: ReadonlyMap<string, string>,
  byName: boolean,
  report: ReplayReport,
): ReadableLetter[] {
  return asked.filter((letter): letter is ReadableLetter => {
    const id = idOf(letter.place)
    const before = replayedAt.get(id)
    if (!isReadable(letter)) {
      report.failed(id, `it is no document of a failed record: ${letter.content.unreadable}`)
      return false
    }
    if (before === undefined) return true
    if (byName) report.failed(id, `it was replayed ${before}; with --again it is replayed once more`)
    else report.skipped()
    return false
  })
}
