import type { Finding } from '../finding.ts'
import { failureFinding } from './failure.ts'

const ANSWER_WITHIN_MS = 10_000

/** What came of a call: its answer, or the finding that says why there is none. */
export type Answer<T> = { value: T } | { failure: Finding }

/** A call whose failure is a finding about its subject. */
export interface Question<T> {
  subject: string
  /** The IAM action that it needs. */
  action: string
  call: (signal: AbortSignal) => Promise<T>
  /** For failures that answer the question, such as that there is no such thing. */
  unless?: (error: Error) => Finding | undefined
}

/**
 * Makes the call with a limit of its time. Never rejects.
 * @param withinMs for all attempts of the call together
 */
export async function ask<T>(
  { subject, action, call, unless }: Question<T>,
  withinMs = ANSWER_WITHIN_MS,
): Promise<Answer<T>> {
  try {
    return { value: await call(AbortSignal.timeout(withinMs)) }
  } catch (error) {
    return { failure: unless?.(error as Error) ?? failureFinding(subject, action, error) }
  }
}

/** The findings of an answer, or the one that says why there is none. */
export const findingsOf = <T>(answer: Answer<T>, look: (value: T) => Finding | Finding[]): Finding[] =>
  'failure' in answer ? [answer.failure] : [look(answer.value)].flat()
