import { within } from '../../deadline.ts'
import { AuthenticationFailure, AuthenticationLate } from './errors.ts'

/**
 * For one question to Secrets Manager or a source of credentials, in milliseconds. Longer than an attempt to reach Kafka, so that
 * a slow answer serves the attempt after.
 */
export const SOURCE_DEADLINE_MS = 10_000

/**
 * What `ask` answers, within `milliseconds` whatever it does with its signal.
 * @param late says what did not come
 * @throws {AuthenticationFailure} with `late`
 */
export async function answered<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  late: string,
  milliseconds = SOURCE_DEADLINE_MS,
): Promise<T> {
  const over = new AbortController()
  return within(milliseconds, ask(over.signal), () => {
    over.abort()
    return new AuthenticationFailure(late, { mayPass: true })
  })
}

/**
 * `shared`, for one of those that wait for it: it goes on when this one's `signal` comes.
 * @throws {AuthenticationLate} with `late`
 */
export async function untilAborted<T>(shared: Promise<T>, signal: AbortSignal, late: string): Promise<T> {
  let leave = () => {}
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(new AuthenticationLate(late, { cause: signal.reason }))
  })
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([shared, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
