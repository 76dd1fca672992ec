import { connect } from 'node:net'
import { within } from '../../../shared/deadline.ts'
import {
  type AuthenticationSettings,
  type ConnectionSecurity,
  openAuthentication,
  plaintextPort,
  refusal,
} from '../../../shared/kafka/authentication/index.ts'
import { LocalServicesError } from './errors.ts'
import { withAdmin } from './prepareTopics.ts'

const ANSWER_WITHIN_MS = 5000

/**
 * Makes sure that the cluster of KAFKA_BROKERS answers.
 * @returns what its connections authenticate with
 * @throws LocalServicesError UNREACHABLE, within about five seconds, that says what was tried and what came of it
 */
export async function assertReachable(
  brokers: readonly string[],
  authentication: AuthenticationSettings,
): Promise<ConnectionSecurity> {
  const deadline = Date.now() + ANSWER_WITHIN_MS
  const reasons = await Promise.all(brokers.map((broker) => whyNotConnected(broker, ANSWER_WITHIN_MS - 1000)))
  const reachable = brokers.filter((_, index) => reasons[index] === undefined)
  if (reachable.length === 0) {
    throw unreachable(brokers.map((broker, index) => `${broker} (${reasons[index]})`).join(', '))
  }
  const timeoutMs = Math.max(500, deadline - Date.now())
  const describe = async (security: ConnectionSecurity) => {
    const config = {
      brokers: reachable,
      ...security,
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      retry: { retries: 0 },
    }
    await withAdmin(config, (admin) => admin.describeCluster())
  }
  try {
    const security = await openAuthentication(authentication).options(AbortSignal.timeout(timeoutMs))
    const leftMs = Math.max(1, deadline - Date.now())
    await within(leftMs, describe(security), () => new Error(`No answer within ${timeoutMs} ms`))
    return security
  } catch (error) {
    const { method } = authentication
    const refused =
      refusal(error, authentication) ??
      plaintextPort(error, authentication) ??
      `it does not answer as Kafka does, with KAFKA_AUTH=${method}`
    throw unreachable(`${reachable.join(', ')} takes connections, but ${refused}`, error)
  }
}

function unreachable(what: string, cause?: unknown): LocalServicesError {
  return new LocalServicesError(
    'UNREACHABLE',
    `KAFKA_BROKERS names a cluster that cannot be used: ${what}. ` +
      'Start it, mend the address, or leave KAFKA_BROKERS out to have a local Kafka started.',
    { cause },
  )
}

/** Why `host:port` takes no connection: an error code of the operating system, or `timeout`; undefined when it does. */
export function whyNotConnected(broker: string, timeoutMs: number): Promise<string | undefined> {
  const colon = broker.lastIndexOf(':')
  const host = broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(broker.slice(colon + 1)) })
    const tooLong = setTimeout(() => answer('timeout'), timeoutMs)
    const answer = (reason: string | undefined) => {
      clearTimeout(tooLong)
      socket.destroy()
      resolve(reason)
    }
    socket.once('connect', () => answer(undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code ?? error.message))
  })
}
