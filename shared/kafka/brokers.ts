import type { GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka'
import { KafkaUnavailableError, SettingsError } from '../errors.ts'
import type { Settings } from '../settings.ts'

/** Asks for the addresses of the brokers; to be ended by `signal`. */
export type FindBrokers = (signal: AbortSignal) => Promise<string[]>

/** Answers GetBootstrapBrokers (docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-bootstrap-brokers.html). */
type AskMsk = (clusterArn: string, signal: AbortSignal) => Promise<GetBootstrapBrokersResponse>

/** Which text of the answer holds the brokers for an authentication. */
const ADDRESSES = {
  none: 'BootstrapBrokerString',
  tls: 'BootstrapBrokerStringTls',
} as const satisfies Record<Settings['kafka']['auth'], keyof GetBootstrapBrokersResponse>

/**
 * The brokers of `KAFKA_BROKERS`, or those that MSK names for `KAFKA_CLUSTER_ARN`: asked for on first use and kept
 * for the life of the execution environment. A failure is not kept.
 * @throws SettingsError (when called) if neither is set, or the cluster does not offer the authentication
 * @throws KafkaUnavailableError (when called) if MSK does not answer
 */
export function brokerFinder(
  { brokers, clusterArn, auth }: Settings['kafka'],
  askMsk: AskMsk = askMskWithSdk,
): FindBrokers {
  let found: string[] | undefined = brokers.length > 0 ? brokers : undefined
  return async (signal) => {
    if (found) return found
    if (clusterArn === '') {
      throw new SettingsError('Set KAFKA_BROKERS (host:port[,host:port]) or KAFKA_CLUSTER_ARN.')
    }
    let answer: GetBootstrapBrokersResponse
    try {
      answer = await askMsk(clusterArn, signal)
    } catch (error) {
      throw new KafkaUnavailableError('MSK did not name the brokers of the cluster', { cause: error })
    }
    const addresses = answer[ADDRESSES[auth]]
    if (!addresses) {
      throw new SettingsError(
        `The cluster ${clusterArn} has no ${ADDRESSES[auth]}: KAFKA_AUTH is "${auth}", but the cluster does not offer that.`,
      )
    }
    found = addresses.split(',')
    return found
  }
}

/** The SDK is loaded here and not above, since an invocation with KAFKA_BROKERS does without it. */
async function askMskWithSdk(clusterArn: string, signal: AbortSignal): Promise<GetBootstrapBrokersResponse> {
  const { KafkaClient, GetBootstrapBrokersCommand } = await import('@aws-sdk/client-kafka')
  const client = new KafkaClient({})
  try {
    return await client.send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }), {
      abortSignal: signal,
    })
  } finally {
    client.destroy()
  }
}
