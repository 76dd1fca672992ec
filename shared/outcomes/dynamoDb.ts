import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Settings } from '../settings.ts'

/** Attempts of the SDK at one request, with its own pauses of milliseconds; longer trouble is up to whoever asks. */
const ATTEMPTS = 3

/** The longest that the table takes for one record, its claim and its outcome, in milliseconds. */
export const longestOutcomeMs = ({ attemptTimeoutMs }: Settings['outcomes']): number =>
  2 * ATTEMPTS * attemptTimeoutMs

/**
 * A client for the table of outcomes: in Lambda with the function's own rights; at an endpoint that the settings name
 * (DynamoDB Local, which asks for none) with credentials that mean nothing, so that no real ones are looked for.
 * @param connections requests under way at once, at most; their connections are kept
 */
export function dynamoDbClient(
  { endpoint, attemptTimeoutMs }: Settings['outcomes'],
  connections: number,
): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: attemptTimeoutMs,
      requestTimeout: attemptTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: connections, keepAlive: true },
      httpsAgent: { maxSockets: connections, keepAlive: true },
    },
    ...(endpoint === undefined
      ? {}
      : {
          endpoint,
          region: 'local',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        }),
  })
}
