import { setTimeout as pause } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { type Deadline, remainingMs, within } from '../deadline.ts'
import { KafkaUnavailableError, RecordRefusedError, SettingsError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import {
  type Authentication,
  AuthenticationFailure,
  AuthenticationLate,
  type ConnectionSecurity,
  openAuthentication,
  plaintextPort,
  refusal,
} from './authentication/index.ts'
import type { OutgoingRecord, RecordProducer } from './producer.ts'
import { ProducerConnection } from './producerConnection.ts'

// Node does not see these as named exports of the CommonJS package.
const { KafkaJSError, KafkaJSProtocolError } = kafkajs

export interface KafkaJsProducerOptions {
  clientId: string
  kafka: Settings['kafka']
  authentication?: Authentication
}

/** Errors of the broker that no repetition mends, because of the records themselves. */
const REFUSALS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])

/** By the brokers, in one send: the second attempt has the secret as it is now. */
const MOST_REFUSALS = 2

const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 500

/**
 * A producer for one execution environment: connected on first use, shared by all sends, kept until a send fails.
 * A connection whose send failed or timed out is cut off and never used again; the same send goes on with a new one
 * until its deadline, which also mends a connection that the brokers closed while the environment was frozen.
 */
export function createProducer({
  clientId,
  kafka,
  authentication = openAuthentication(kafka.auth),
}: KafkaJsProducerOptions): RecordProducer {
  let current: ProducerConnection | undefined
  let opened = 0

  /** The one that is open, or a new one. Sends that come together share it. */
  async function connection(signal: AbortSignal): Promise<ProducerConnection> {
    const { brokers } = kafka
    if (brokers.length === 0) throw new SettingsError('Set KAFKA_BROKERS to host:port[,host:port].')
    const security = await authentication.options(signal)
    signal.throwIfAborted()
    // Another send may have been quicker.
    current ??= open(brokers, security)
    return current
  }

  function open(brokers: readonly string[], security: ConnectionSecurity): ProducerConnection {
    // Each connection begins with the next broker, so that one that is away costs one attempt only.
    const first = opened++ % brokers.length
    return new ProducerConnection({
      brokers: [...brokers.slice(first), ...brokers.slice(0, first)],
      clientId,
      security,
      timeoutMs: kafka.attemptTimeoutMs,
    })
  }

  function discard(failed: ProducerConnection): void {
    failed.cut()
    if (current === failed) current = undefined
  }

  async function attempt(records: readonly OutgoingRecord[], milliseconds: number): Promise<void> {
    let abandoned: AbortController | undefined
    let used: ProducerConnection | undefined
    // In place: a bundle names a function that is kept under a name, at each send.
    const sent = (async () => {
      used = current
      if (used === undefined) {
        abandoned = new AbortController()
        used = await connection(abandoned.signal)
        abandoned.signal.throwIfAborted()
      }
      await used.send(records, milliseconds)
    })()
    try {
      await within(milliseconds, sent, () =>
        used === undefined && authentication.late !== undefined
          ? new AuthenticationLate(authentication.late)
          : new NoAnswer(`no answer within ${Math.round(milliseconds)} ms`),
      )
    } catch (error) {
      abandoned?.abort()
      if (used) discard(used)
      throw error
    }
  }

  async function send(records: readonly OutgoingRecord[], deadline: Deadline): Promise<void> {
    if (records.length === 0) return
    let failure: unknown
    let refusals = 0
    for (let pauseMs = FIRST_PAUSE_MS; remainingMs(deadline) > 0; pauseMs *= 2) {
      const milliseconds = Math.min(kafka.attemptTimeoutMs, remainingMs(deadline))
      try {
        return await attempt(records, milliseconds)
      } catch (error) {
        const cutShort = milliseconds < kafka.attemptTimeoutMs && isLate(error)
        // What failed before says more than the deadline that came upon this attempt.
        if (!cutShort || failure === undefined) failure = error
        const refused = isOfSource(error) ? undefined : refusal(error, kafka.auth)
        if (refused === undefined) {
          throwIfFinal(error)
        } else {
          authentication.refused()
          refusals += 1
          if (refusals === MOST_REFUSALS) throw new KafkaUnavailableError(refused, { cause: error })
        }
      }
      await pause(Math.min(pauseMs, LONGEST_PAUSE_MS, remainingMs(deadline)))
    }
    throw notInTime(failure, kafka.auth)
  }

  return {
    send,
    close() {
      if (current) discard(current)
    },
  }
}

/** The brokers have not been reached, since there is nothing to authenticate with. */
const isOfSource = (error: unknown): error is AuthenticationFailure | AuthenticationLate =>
  error instanceof AuthenticationFailure || error instanceof AuthenticationLate

/** The time of an attempt was over. */
class NoAnswer extends Error {}

const isLate = (error: unknown): boolean => error instanceof NoAnswer || error instanceof AuthenticationLate

function notInTime(failure: unknown, auth: Settings['kafka']['auth']): KafkaUnavailableError {
  const message = 'Kafka did not acknowledge the records in time'
  if (isOfSource(failure)) return new KafkaUnavailableError(failure.message, { cause: failure })
  const hint = plaintextPort(failure, auth)
  return new KafkaUnavailableError(hint === undefined ? message : `${message}: ${hint}`, { cause: failure })
}

/** Throws what trying again within the call cannot mend; returns for a failure that may pass. */
function throwIfFinal(error: unknown): void {
  if (error instanceof SettingsError) throw error
  if (error instanceof AuthenticationFailure && !error.mayPass) {
    throw new KafkaUnavailableError(error.message, { cause: error })
  }
  const type = rootCause(error)
  if (type instanceof KafkaJSProtocolError && REFUSALS.has(type.type)) {
    throw new RecordRefusedError(`Kafka refuses the records: ${type.type}`, { cause: error })
  }
  if (type instanceof KafkaJSProtocolError && !type.retriable) {
    throw new KafkaUnavailableError(`Kafka refuses the request: ${type.type}`, { cause: error })
  }
}

/** KafkaJS wraps the error of the last attempt into one about the number of retries. */
function rootCause(error: unknown): unknown {
  let cause = error
  while (cause instanceof KafkaJSError && cause.cause instanceof Error) cause = cause.cause
  return cause
}
