import {
  GetBootstrapBrokersCommand,
  type GetBootstrapBrokersResponse,
  KafkaClient,
} from '@aws-sdk/client-kafka'
import { KafkaUnavailableError } from '../../shared/errors.ts'

export interface AskMskOptions {
  /** For all attempts together, in milliseconds. */
  timeoutMs: number
  /** For one attempt, so that the SDK's own retries come to pass in time. */
  attemptTimeoutMs?: number
}

/**
 * Asks MSK for the addresses of the cluster's brokers, with the SDK's retries.
 * @throws KafkaUnavailableError when there is no answer in time, or MSK refuses
 */
export async function askMsk(
  clusterArn: string,
  { timeoutMs, attemptTimeoutMs = 10_000 }: AskMskOptions,
): Promise<GetBootstrapBrokersResponse> {
  const client = new KafkaClient({
    requestHandler: {
      connectionTimeout: attemptTimeoutMs,
      requestTimeout: attemptTimeoutMs,
      throwOnRequestTimeout: true,
    },
  })
  try {
    return await client.send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }), {
      abortSignal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    throw new KafkaUnavailableError(
      `MSK did not name the brokers of ${clusterArn}. Check that the cluster is active and in this Region, and that the ` +
        'role of this function allows kafka:GetBootstrapBrokers; then deploy again.',
      { cause: error },
    )
  } finally {
    client.destroy()
  }
}
