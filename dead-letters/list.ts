import type { Connections } from './connections.ts'
import { ofCondition } from './listedLetter.ts'
import { listJson, listText } from './listText.ts'
import type { Output } from './output.ts'
import { knownReplays } from './replays.ts'

/** Prints the dead letters of the topic, or those of a condition, and which were replayed. */
export async function list(
  { condition, json }: { condition?: string; json: boolean },
  { letters, replays }: Connections,
  { out, err }: Output,
): Promise<void> {
  const listed = ofCondition(await letters.list(), condition)
  const replayedAt = await knownReplays(replays, listed, err)
  if (json) for (const letter of listed) out(listJson(letter, replayedAt))
  else out(listText(listed, replayedAt, Date.now()))
}
