import { setTimeout as pause } from 'node:timers/promises'
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { reasonOf } from '../shared/errors.ts'
import type { ListedLetter } from './listedLetter.ts'
import { idOf, nameOf, type Place } from './place.ts'

/** The most that one BatchGetItem asks for. */
const BATCH = 100
const BATCHES_AT_ONCE = 4
const LONGEST_PAUSE_MS = 2_000

const MS_OF_A_DAY = 86_400_000

/** The table gave no answer, or refuses it; what was to be written may be there or not. */
export class TableUnavailableError extends Error {}

/**
 * Which dead letters were replayed, in the table of outcomes: an item `replay/<topic>/<partition>/<offset>` with the dead
 * letter's own time, by which the items of a topic that was made anew are told from those before.
 */
export class Replays {
  readonly #client: DynamoDBClient
  readonly #table: string
  readonly #days: number

  /** @param days how long it is remembered */
  constructor(client: DynamoDBClient, table: string, days: number) {
    this.#client = client
    this.#table = table
    this.#days = days
  }

  /**
   * When each was replayed last, as ISO 8601 by its id; of those that were not there is no entry.
   * @throws TableUnavailableError
   */
  async of(letters: readonly Pick<ListedLetter, 'place' | 'timestamp'>[]): Promise<Map<string, string>> {
    const replayedAt = new Map<string, string>()
    const byItem = new Map(letters.map((letter) => [itemId(letter.place), letter]))
    const ids = [...byItem.keys()]
    const batches = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, index) =>
      ids.slice(index * BATCH, (index + 1) * BATCH),
    ).values()
    const worker = async () => {
      for (const batch of batches) {
        for (const { id, timestamp, replayedAt: at } of await this.#items(batch)) {
          const letter = byItem.get(id?.S ?? '')
          if (letter && at?.S && timestamp?.N === String(letter.timestamp)) {
            replayedAt.set(idOf(letter.place), at.S)
          }
        }
      }
    }
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker))
    return replayedAt
  }

  /**
   * @param to where its record lies now
   * @throws TableUnavailableError
   */
  async remember({ place, timestamp }: ListedLetter, to: Place, at: Date): Promise<void> {
    await this.#ask(() =>
      this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: {
            id: { S: itemId(place) },
            state: { S: 'replayed' },
            timestamp: { N: String(timestamp) },
            replayedAt: { S: at.toISOString() },
            replayedTo: { S: nameOf(to) },
            expiresAt: { N: String(Math.ceil((at.getTime() + this.#days * MS_OF_A_DAY) / 1000)) },
          },
        }),
      ),
    )
  }

  /** Read consistently, and again what the table had no capacity for. */
  async #items(ids: readonly string[]): Promise<Record<string, AttributeValue>[]> {
    const items: Record<string, AttributeValue>[] = []
    let keys: Record<string, AttributeValue>[] = ids.map((id) => ({ id: { S: id } }))
    for (let pauseMs = 50; keys.length > 0; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const { Responses, UnprocessedKeys } = await this.#ask(() =>
        this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: keys, ConsistentRead: true } } }),
        ),
      )
      items.push(...(Responses?.[this.#table] ?? []))
      keys = UnprocessedKeys?.[this.#table]?.Keys ?? []
      if (keys.length > 0) await pause(pauseMs)
    }
    return items
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (cause) {
      throw new TableUnavailableError(`The table ${this.#table} does not answer: ${reasonOf(cause)}`, {
        cause,
      })
    }
  }
}

const itemId = (place: Place): string => `replay/${nameOf(place)}`

/** When each was replayed last; undefined, and said, when that is not to be known. */
export async function knownReplays(
  replays: () => Promise<Pick<Replays, 'of'>>,
  letters: readonly ListedLetter[],
  say: (text: string) => void,
): Promise<Map<string, string> | undefined> {
  try {
    return await (await replays()).of(letters)
  } catch (error) {
    say(`It is not known what was replayed. ${reasonOf(error)}`)
    return undefined
  }
}
