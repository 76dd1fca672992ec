import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { OutcomesUnavailableError, SettingsError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { dynamoDbClient } from './dynamoDb.ts'
import type { Subject } from './subject.ts'

/** What the table says of a subject. */
export interface Outcome {
  state: string
  content: string
  /** Why it was refused. */
  reason: string | undefined
}

/** The right to do something that no two have at once. */
export interface Claim {
  /** Who claims; may claim again. */
  owner: string
  /** When others may take over, in epoch milliseconds. */
  until: number
}

/** The table of what was done, as far as `once` needs it. Each call is one write, and none reads before. */
export interface OutcomesTable {
  /**
   * Claims a subject that nobody has claimed, or whose claim is over.
   * @returns undefined, or what stands in the way
   * @throws OutcomesUnavailableError when it may or may not be claimed
   */
  claim(subject: Subject, claim: Claim): Promise<Outcome | undefined>
  /**
   * Records that it was done. It stands, whoever else has a claim by now.
   * @throws OutcomesUnavailableError when it may or may not be recorded
   */
  recordDone(subject: Subject): Promise<void>
  /**
   * Records that it can never be done, unless it was.
   * @throws OutcomesUnavailableError when it may or may not be recorded
   */
  recordRefused(subject: Subject, reason: string): Promise<void>
}

export interface OutcomesTableOptions {
  settings: Settings['outcomes']
  /** Requests under way at once, at most. */
  connections: number
}

/** The table in DynamoDB; connected on first use. */
export function openOutcomesTable({ settings, connections }: OutcomesTableOptions): OutcomesTable {
  const { table, days } = settings
  let client: DynamoDBClient | undefined

  /** @returns undefined, or the item whose state does not meet the condition */
  async function update(subject: Subject, change: Change): Promise<Outcome | undefined> {
    if (table === undefined)
      throw new SettingsError('Set OUTCOMES_TABLE to the DynamoDB table of what was done.')
    client ??= dynamoDbClient(settings, connections)
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { id: { S: subject.id } },
          UpdateExpression: change.update,
          ...(change.condition === undefined
            ? {}
            : { ConditionExpression: change.condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
          ExpressionAttributeNames: {
            '#state': 'state',
            '#content': 'content',
            '#owner': 'owner',
            ...change.names,
          },
          ExpressionAttributeValues: {
            ':content': { S: subject.content },
            ':expires': { N: String(Math.floor(Date.now() / 1000) + days * DAY_SECONDS) },
            ...change.values,
          },
        }),
      )
      return undefined
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return outcomeIn(error)
      throw new OutcomesUnavailableError(`The table ${table} did not take the outcome`, { cause: error })
    }
  }

  return {
    claim: (subject, { owner, until }) =>
      update(subject, {
        update:
          'SET #state = :begun, #content = :content, #owner = :owner, claimedUntil = :until, expiresAt = :expires',
        condition:
          'attribute_not_exists(id) OR (#content = :content AND #state = :begun AND (#owner = :owner OR claimedUntil < :now))',
        values: {
          ':begun': { S: subject.states.begun },
          ':owner': { S: owner },
          ':until': { N: String(until) },
          ':now': { N: String(Date.now()) },
        },
      }),
    async recordDone(subject) {
      await update(subject, {
        update: 'SET #state = :done, #content = :content, expiresAt = :expires REMOVE #owner, claimedUntil',
        values: { ':done': { S: subject.states.done } },
      })
    },
    async recordRefused(subject, reason) {
      await update(subject, {
        update:
          'SET #state = :refused, #content = :content, reason = :reason, expiresAt = :expires REMOVE #owner, claimedUntil',
        condition: 'attribute_not_exists(id) OR #state <> :done',
        values: {
          ':refused': { S: subject.states.refused },
          ':done': { S: subject.states.done },
          ':reason': { S: reason },
        },
      })
    },
  }
}

interface Change {
  update: string
  condition?: string
  names?: Record<string, string>
  values: Record<string, { S: string } | { N: string }>
}

const DAY_SECONDS = 24 * 60 * 60

/** An item without these was not written here; it counts as of another content. */
function outcomeIn({ Item: item }: ConditionalCheckFailedException): Outcome {
  return { state: item?.state?.S ?? '', content: item?.content?.S ?? '', reason: item?.reason?.S }
}
