import type { MiddlewareObj } from '@middy/core'
import { reasonOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { HttpProblem, problemAnswer } from './problem.ts'

const UNEXPECTED = new HttpProblem(
  500,
  'The order could not be taken because of a fault on our side. Try again later.',
)

/**
 * Middleware that turns every error into an answer. A problem is told to the client as it is; of anything else the
 * client learns nothing, and the log everything.
 */
export function problemAnswers(logger: Logger): MiddlewareObj {
  return {
    onError: ({ error }) => {
      if (error instanceof HttpProblem) {
        const log = error.status < 500 ? logger.info : logger.error
        log('request refused', { status: error.status, reason: reasonOf(error) })
        return problemAnswer(error)
      }
      logger.error('request failed unexpectedly', {
        reason: reasonOf(error),
        ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
      })
      return problemAnswer(UNEXPECTED)
    },
  }
}
