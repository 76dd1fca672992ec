import type { Cluster } from '@aws-sdk/client-kafka'
import { broken, type Finding, ok, warning } from '../finding.ts'

/** How clients can authenticate, as the parameter kafkaAuth names it; the strongest first. */
export const AUTHENTICATIONS = ['mtls', 'scram', 'iam', 'tls', 'none'] as const

export type Authentication = (typeof AUTHENTICATIONS)[number]

/** States in which brokers serve (docs.aws.amazon.com/msk/latest/developerguide/msk-cluster-states.html). */
const SERVING = new Set(['ACTIVE', 'UPDATING', 'MAINTENANCE', 'REBOOTING_BROKER'])

export function clusterFinding({ ClusterName, State, StateInfo }: Cluster): Finding {
  const state: string = State ?? 'of no known state'
  const subject = 'cluster'
  const told = `${ClusterName}: ${state}${StateInfo?.Message ? ` (${StateInfo.Message})` : ''}`
  if (state === 'ACTIVE') return ok(subject, told)
  if (SERVING.has(state))
    return warning(subject, told, 'It serves, but settings cannot be changed until it is ACTIVE.')
  if (state === 'CREATING') return warning(subject, told, 'Wait; this takes tens of minutes.')
  if (state === 'HEALING') return warning(subject, told, 'MSK replaces a broker that failed. Wait.')
  return broken(
    subject,
    told,
    'It serves no clients. Make another one, or deploy to an existing one: --param clusterArn=…',
  )
}

/** What the cluster offers to clients in its VPC. MSK Serverless has IAM only. */
export function authenticationsOf({ Provisioned, Serverless }: Cluster): Authentication[] {
  if (Serverless) return Serverless.ClientAuthentication?.Sasl?.Iam?.Enabled ? ['iam'] : []
  const { Sasl, Tls, Unauthenticated } = Provisioned?.ClientAuthentication ?? {}
  const inTransit = Provisioned?.EncryptionInfo?.EncryptionInTransit?.ClientBroker ?? 'TLS'
  const authenticated = Sasl?.Scram?.Enabled || Sasl?.Iam?.Enabled || Tls?.Enabled
  // A cluster that was made without any authentication lets everybody in.
  const open = Unauthenticated?.Enabled ?? !authenticated
  const offers: Record<Authentication, boolean | undefined> = {
    mtls: Tls?.Enabled,
    scram: Sasl?.Scram?.Enabled,
    iam: Sasl?.Iam?.Enabled,
    tls: open && inTransit !== 'PLAINTEXT',
    none: open && inTransit !== 'TLS',
  }
  return AUTHENTICATIONS.filter((each) => offers[each])
}

/**
 * Whether functions and mappings authenticate alike. Functions do as KafkaAuth says; a mapping with a secret does as the
 * secret's kind says, and one without takes IAM wherever the cluster has it, and tries nothing weaker
 * (docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html#msk-bootstrap-brokers).
 */
export function authenticationFinding(kafkaAuth: string, offered: readonly Authentication[]): Finding {
  const subject = 'authentication'
  if (!(offered as readonly string[]).includes(kafkaAuth)) {
    return broken(
      subject,
      `The functions use ${kafkaAuth}, and the cluster offers ${offered.join(', ') || 'nothing'}.`,
      `Switch ${kafkaAuth} on in the cluster, or deploy with ${offered.map((each) => `--param kafkaAuth=${each}`).join(' or ')}.`,
    )
  }
  if ((kafkaAuth === 'tls' || kafkaAuth === 'none') && offered.includes('iam')) {
    return broken(
      subject,
      `The functions use ${kafkaAuth}, but the mappings use IAM, since the cluster offers it, and their roles allow nothing there.`,
      'Deploy with --param kafkaAuth=iam, or switch IAM off in the cluster.',
    )
  }
  return ok(subject, `${kafkaAuth}, of ${offered.join(', ')} that the cluster offers`)
}
