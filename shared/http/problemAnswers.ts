import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { reasonOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { correlationIdFrom } from '../trace.ts'
import { type HttpAnswer, HttpProblem, problemAnswer } from './problem.ts'

const UNEXPECTED = new HttpProblem(
  500,
  'The order could not be taken because of a fault on our side. Try again later.',
)

/**
 * Middleware that turns every error into an answer. A problem is told to the client as it is; of anything else the
 * client learns nothing, and the log everything.
 */
export function problemAnswers(logger: Logger): MiddlewareObj<APIGatewayProxyEventV2, HttpAnswer> {
  return {
    onError: ({ error, event, context }) => {
      const correlationId = correlationIdFrom(event.headers?.['correlation-id'], context.awsRequestId)
      const reason = { 'correlation-id': correlationId, reason: reasonOf(error) }
      const problem = error instanceof HttpProblem ? error : UNEXPECTED
      if (problem === UNEXPECTED) {
        logger.error('request failed unexpectedly', { ...reason, stack: error?.stack })
      } else {
        logger[problem.status < 500 ? 'info' : 'error']('request refused', {
          status: problem.status,
          ...reason,
        })
      }
      const answer = problemAnswer(problem)
      return { ...answer, headers: { ...answer.headers, 'correlation-id': correlationId } }
    },
  }
}
