import { reasonOf } from '../shared/errors.ts'
import type { Letters } from './letters.ts'
import type { ReadableLetter } from './listedLetter.ts'
import type { Originals } from './originals.ts'
import { byPlace, type Place } from './place.ts'
import { type Outgoing, portions, requests } from './portions.ts'
import { recordsToReplay } from './recordsToReplay.ts'
import { type RecordWriter, RefusedError } from './recordWriter.ts'
import { replayedHeaders } from './replayedHeaders.ts'
import type { Replays } from './replays.ts'

/** What became of one dead letter. */
export type Outcome =
  /** `to`: where its record lies now. `forgotten`: why the table does not know of it. */
  | { kind: 'replayed'; to: Place; forgotten?: string }
  | { kind: 'would be replayed'; to: Omit<Place, 'offset'> }
  | { kind: 'failed'; reason: string }

export interface Replaying {
  letters: Letters
  originals: Originals
  writer: RecordWriter
  replays: Pick<Replays, 'remember'>
  /** Looks at everything and writes nothing. */
  dryRun: boolean
  report(letter: ReadableLetter, outcome: Outcome): void
}

/**
 * Writes the records of dead letters to their topics again, each with the bytes, key and headers that it had and one header
 * more, into its partition, in the order in which they were there; then remembers that of each. One that cannot be written
 * keeps no other one back.
 * @throws {Error} the brokers or the table are away: what was not reported was not written, but for the last request, of
 *   which nobody knows
 */
export async function replayLetters(
  selected: readonly ReadableLetter[],
  replaying: Replaying,
): Promise<void> {
  const inOrder = selected.toSorted((a, b) => byPlace(a.content, b.content))
  for (const portion of portions(inOrder)) {
    const outgoing = await outgoingOf(portion, replaying)
    if (replaying.dryRun) {
      for (const { letter, record, partition } of outgoing) {
        replaying.report(letter, { kind: 'would be replayed', to: { topic: record.topic, partition } })
      }
    } else {
      for (const request of requests(outgoing)) await write(request, replaying)
    }
  }
}

/** Those that can be written, each with its partition; the others are reported. */
async function outgoingOf(portion: readonly ReadableLetter[], replaying: Replaying): Promise<Outgoing[]> {
  const outgoing: Outgoing[] = []
  for (const { letter, record } of await recordsToReplay(portion, replaying)) {
    if (record instanceof Error) {
      replaying.report(letter, { kind: 'failed', reason: record.message })
      continue
    }
    const partition = await replaying.writer.partitionFor(record)
    if (partition === undefined) {
      replaying.report(letter, { kind: 'failed', reason: `there is no topic ${record.topic}` })
    } else {
      outgoing.push({ letter, record, partition })
    }
  }
  return outgoing
}

/** What is refused is halved, until the record that is refused is alone. */
async function write(request: readonly Outgoing[], replaying: Replaying): Promise<void> {
  const [first] = request
  if (first === undefined) return
  const { topic } = first.record
  try {
    const messages = request.map(({ letter, record: { key, value, headers } }) => ({
      key,
      value,
      headers: replayedHeaders(headers, letter.place),
    }))
    const offset = await replaying.writer.write(topic, first.partition, messages)
    await remember(
      request.map(({ letter, partition }, index) => ({
        letter,
        to: { topic, partition, offset: offset + index },
      })),
      replaying,
    )
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    if (request.length === 1) {
      replaying.report(first.letter, { kind: 'failed', reason: error.message })
    } else {
      const half = Math.ceil(request.length / 2)
      await write(request.slice(0, half), replaying)
      await write(request.slice(half), replaying)
    }
  }
}

async function remember(
  written: readonly { letter: ReadableLetter; to: Place }[],
  { replays, report }: Replaying,
): Promise<void> {
  const at = new Date()
  const remembered = await Promise.allSettled(
    written.map(({ letter, to }) => replays.remember(letter, to, at)),
  )
  const failures = remembered.map((result) => (result.status === 'rejected' ? result.reason : undefined))
  for (const [index, { letter, to }] of written.entries()) {
    const failure = failures[index]
    report(letter, {
      kind: 'replayed',
      to,
      ...(failure !== undefined && { forgotten: reasonOf(failure) }),
    })
  }
  const failure = failures.find((error) => error !== undefined)
  if (failure !== undefined) throw failure
}
