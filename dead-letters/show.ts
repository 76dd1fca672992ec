import type { Connections } from './connections.ts'
import { NoSuchLetterError } from './letters.ts'
import { isReadable, listedLetter, type ReadableLetter } from './listedLetter.ts'
import type { LetterId } from './options.ts'
import type { Output } from './output.ts'
import { idOf, nameOf } from './place.ts'
import { recordsToReplay } from './recordsToReplay.ts'
import { REPLAYED_FROM } from './replayedHeaders.ts'
import { knownReplays } from './replays.ts'
import { showText } from './showText.ts'

/**
 * Prints one dead letter with all that is known of it.
 * @throws NoSuchLetterError
 */
export async function show(id: LetterId, connections: Connections, { out, err }: Output): Promise<void> {
  const place = { topic: connections.letters.topic, ...id }
  const letter = (await connections.letters.records([place])).get(idOf(place))
  if (letter === undefined || letter instanceof Error) {
    throw new NoSuchLetterError(`${idOf(place)}: ${letter?.message}`)
  }
  const listed = listedLetter(letter)
  if (!isReadable(listed)) {
    const replay = 'None: nothing says which record it is about.'
    out(showText({ letter, unreadable: listed.content.unreadable, replay }))
    return
  }
  const [found] = await recordsToReplay([listed], connections)
  const record = found?.record
  const { condition } = listed.content
  if (record === undefined || record instanceof Error) {
    out(showText({ letter, condition, replay: `None: ${record?.message}.` }))
    return
  }
  const partition = await connections.writer.partitionFor(record)
  const replayedAt = (await knownReplays(connections.replays, [listed], err))?.get(idOf(place))
  out(showText({ letter, condition, record, replay: forecast(listed, partition, replayedAt) }))
}

function forecast(
  { place, content: { topic } }: ReadableLetter,
  partition: number | undefined,
  replayedAt: string | undefined,
): string {
  if (partition === undefined) return `None: there is no topic ${topic}.`
  const write = `the record is written to ${topic}, partition ${partition}, with one more header, ${REPLAYED_FROM}: ${nameOf(place)}`
  return replayedAt === undefined
    ? `With replay ${idOf(place)}, ${write}.`
    : `It was replayed ${replayedAt}. With replay ${idOf(place)} --again, ${write}.`
}
