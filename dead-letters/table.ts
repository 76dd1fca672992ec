import { localDynamoDb } from '../plugins/local-services/src/localDynamoDb.ts'
import { dynamoDbClient } from '../shared/outcomes/dynamoDb.ts'
import { readSettings } from '../shared/settings.ts'
import { Replays } from './replays.ts'

/** As many as records that are written at once. */
const CONNECTIONS = 100

/** The table of outcomes is not known; the message says what to set. */
export class NoTableError extends Error {}

/**
 * What was replayed, in the table of OUTCOMES_TABLE (with DYNAMODB_ENDPOINT where it is not on AWS), else in the one of
 * `npm start`.
 * @throws NoTableError
 * @throws SettingsError a variable is at fault
 */
export async function openReplays(env: NodeJS.ProcessEnv): Promise<Replays> {
  const { outcomes } = readSettings({ ...(await localTable(env)), ...env })
  const { table, days } = outcomes
  if (table === undefined) {
    throw new NoTableError(
      'Set OUTCOMES_TABLE to the name of the table: on AWS the output OutcomesTable of the stack. Without it, and without ' +
        'KAFKA_BROKERS, the local one is used once `npm start` has made it.',
    )
  }
  return new Replays(dynamoDbClient(outcomes, CONNECTIONS), table, days)
}

/** Beside brokers that the environment names there may be no local table, or one of other records. */
async function localTable(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.OUTCOMES_TABLE || env.KAFKA_BROKERS) return {}
  const { endpoint, tables } = await localDynamoDb(undefined, env)
  return tables.OutcomesTable ? { DYNAMODB_ENDPOINT: endpoint, OUTCOMES_TABLE: tables.OutcomesTable } : {}
}
