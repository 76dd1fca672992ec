import type { GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka'
import { KafkaUnavailableError, SettingsError } from '../../shared/errors.ts'
// Not its index, which would bring KafkaJS's part of it into the bundle.
import {
  AUTHENTICATION_METHODS,
  type AuthenticationMethod,
} from '../../shared/kafka/authentication/settings.ts'

/**
 * Which text of MSK's answer holds the brokers for an authentication. TLS with and without a client certificate shares
 * port 9094 (docs.aws.amazon.com/msk/latest/developerguide/port-info.html), and so the field.
 */
const FIELDS = {
  none: 'BootstrapBrokerString',
  tls: 'BootstrapBrokerStringTls',
  scram: 'BootstrapBrokerStringSaslScram',
  iam: 'BootstrapBrokerStringSaslIam',
  mtls: 'BootstrapBrokerStringTls',
} as const satisfies Record<AuthenticationMethod, keyof GetBootstrapBrokersResponse>

/** What the functions take as KAFKA_BROKERS. */
const BROKERS = /^[^\s:,;]+:\d{1,5}(,[^\s:,;]+:\d{1,5})*$/

/**
 * The brokers that clients with this authentication connect to, as `host:port,host:port`.
 * @param addresses the answer to GetBootstrapBrokers
 *   (docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-bootstrap-brokers.html)
 * @throws SettingsError when the cluster does not offer the authentication; it says which ones it offers
 * @throws KafkaUnavailableError when MSK's answer names no hosts and ports
 */
export function brokersFor(
  authentication: AuthenticationMethod,
  addresses: GetBootstrapBrokersResponse,
): string {
  const brokers = addresses[FIELDS[authentication]]
  if (brokers) {
    if (typeof brokers === 'string' && BROKERS.test(brokers)) return brokers
    throw new KafkaUnavailableError(
      `MSK names brokers that are not host:port[,host:port]: ${JSON.stringify(brokers)}`,
    )
  }
  const offered = AUTHENTICATION_METHODS.filter((each) => addresses[FIELDS[each]])
  if (offered.length === 0) {
    throw new SettingsError('The cluster has no brokers to connect to yet. Deploy again when it is active.')
  }
  throw new SettingsError(
    `The cluster does not offer the authentication "${authentication}". Switch it on in the cluster, or deploy with ` +
      `one that it offers: --param kafkaAuth=${offered.join(' or ')}.`,
  )
}
