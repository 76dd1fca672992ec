import { dynamoDbClient } from '../shared/outcomes/dynamoDb.ts'
import { readSettings } from '../shared/settings.ts'
import { Replays } from './replays.ts'

/** As many as records that are written at once. */
const CONNECTIONS = 100

/** The table of outcomes is not known; the message says what to set. */
export class NoTableError extends Error {}

/**
 * What was replayed, in the table of OUTCOMES_TABLE (with DYNAMODB_ENDPOINT where it is not on AWS), else in the local one.
 * @throws NoTableError
 * @throws SettingsError a variable is at fault
 */
export async function openReplays(env: NodeJS.ProcessEnv): Promise<Replays> {
  const { outcomes } = readSettings(env)
  const { table, days } = outcomes
  if (table === undefined) {
    throw new NoTableError(
      'Set OUTCOMES_TABLE to the name of the table: on AWS the output OutcomesTable of the stack; with DYNAMODB_ENDPOINT a local one.',
    )
  }
  return new Replays(dynamoDbClient(outcomes, CONNECTIONS), table, days)
}
