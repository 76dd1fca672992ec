import { setTimeout as pause } from 'node:timers/promises'
import { type Deadline, remainingMs } from '../../shared/deadline.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Answer } from './answer.ts'

const ATTEMPTS = 5
const ATTEMPT_TIMEOUT_MS = 3_000
const FIRST_PAUSE_MS = 100

/**
 * Puts the answer where CloudFormation waits for it, and tries again when that fails.
 * @param url pre-signed, for a PUT without content type
 * @throws RetryableError when it cannot be put there; Lambda then invokes the function again, twice at most
 *   (docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html)
 */
export async function sendAnswer(url: string, answer: Answer, deadline: Deadline): Promise<void> {
  let failure: unknown
  for (let attempt = 0; attempt < ATTEMPTS && remainingMs(deadline) > 0; attempt++) {
    if (attempt > 0) await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), remainingMs(deadline)))
    try {
      return await put(url, answer, Math.min(ATTEMPT_TIMEOUT_MS, Math.max(1, remainingMs(deadline))))
    } catch (error) {
      failure = error
    }
  }
  throw new RetryableError('AnswerNotTaken', 'CloudFormation did not take the answer', { cause: failure })
}

async function put(url: string, answer: Answer, timeoutMs: number): Promise<void> {
  const { ok, status } = await fetch(url, {
    method: 'PUT',
    // Bytes, since fetch gives text a content type, and S3 checks that against the signature.
    body: new TextEncoder().encode(JSON.stringify(answer)),
    // Followed, a PUT can become a GET, and its success would not be that of the answer.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!ok) throw new Error(`HTTP status ${status}`)
}
