import type { LocalCluster } from '../plugins/local-services/src/localCluster.ts'
import { reasonOf } from '../shared/errors.ts'
import { refusal } from '../shared/kafka/authentication/index.ts'

/** For a person: that Kafka could not be used, why, and what to look at. */
export function kafkaTrouble(
  error: unknown,
  { brokers, authentication }: LocalCluster,
  doing: 'read from' | 'use' = 'read from',
): Error {
  const refused = refusal(error, authentication)
  const what = `Could not ${doing} Kafka at ${brokers.join(',')}`
  return new Error(
    refused === undefined
      ? `${what}: ${reasonOf(error)}. Is it running (npm start, or KAFKA_BROKERS)?`
      : `${what}: ${refused}.`,
    { cause: error },
  )
}
