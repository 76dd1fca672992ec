import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Deadline, deadlineIn, remainingMs, within } from '../../../shared/deadline.ts'
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
const PAUSE_MS = 250

/**
 * Makes sure that the cluster of KAFKA_BROKERS answers: one of its brokers is enough. Those that are silent, or just
 * coming back, are tried until the time is over; those that take no connection, or refuse who asks, are not asked again.
 * @returns what its connections authenticate with
 * @throws LocalServicesError UNREACHABLE, within about five seconds, that says what was tried and what came of it
 */
export async function assertReachable(
  brokers: readonly string[],
  authentication: AuthenticationSettings,
): Promise<ConnectionSecurity> {
  const deadline = deadlineIn(ANSWER_WITHIN_MS)
  let security: Promise<ConnectionSecurity> | undefined
  const authenticate = () => {
    security ??= openAuthentication(authentication).options(AbortSignal.timeout(remainingMs(deadline)))
    return security
  }
  const answered = new AbortController()
  const attempt = { authenticate, authentication, deadline, signal: answered.signal }
  try {
    return await Promise.any(brokers.map((broker) => untilItAnswers(broker, attempt)))
  } catch (error) {
    const reasons = (error as AggregateError).errors as Error[]
    throw new LocalServicesError(
      'UNREACHABLE',
      `KAFKA_BROKERS names a cluster that cannot be used: ${reasons.map(({ message }) => message).join(', ')}. ` +
        'Start it, mend the address, or leave KAFKA_BROKERS out to have a local Kafka started.',
      { cause: reasons.find(({ cause }) => cause)?.cause },
    )
  } finally {
    answered.abort()
  }
}

interface Attempt {
  authenticate(): Promise<ConnectionSecurity>
  authentication: AuthenticationSettings
  deadline: Deadline
  /** Aborted when another broker has answered. */
  signal: AbortSignal
}

/** @throws an error that names the broker and what came of asking it */
async function untilItAnswers(
  broker: string,
  { authenticate, authentication, deadline, signal }: Attempt,
): Promise<ConnectionSecurity> {
  for (;;) {
    const unconnected = await whyNotConnected(broker, Math.max(1, remainingMs(deadline)))
    if (unconnected) throw new Error(`${broker} (${unconnected})`)
    try {
      const security = await authenticate()
      await describeCluster(broker, security, Math.max(1, remainingMs(deadline)))
      return security
    } catch (cause) {
      const refused = refusal(cause, authentication)
      if (refused || signal.aborted || remainingMs(deadline) <= PAUSE_MS) {
        const unanswered = `it does not answer as Kafka does, with KAFKA_AUTH=${authentication.method}`
        const reason = refused ?? plaintextPort(cause, authentication) ?? unanswered
        throw new Error(`${broker} takes connections, but ${reason}`, { cause })
      }
    }
    await pause(PAUSE_MS)
  }
}

async function describeCluster(
  broker: string,
  security: ConnectionSecurity,
  timeoutMs: number,
): Promise<void> {
  const config = {
    brokers: [broker],
    ...security,
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries: 0 },
  }
  const described = withAdmin(config, (admin) => admin.describeCluster())
  await within(timeoutMs, described, () => new Error(`No answer within ${timeoutMs} ms`))
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
