import type { Context } from 'aws-lambda'
import { deadlineIn } from '../../shared/deadline.ts'
import { reasonOf } from '../../shared/errors.ts'
import { createLogger } from '../../shared/logger.ts'
import { answerTo, type Outcome } from './answer.ts'
import { askMsk } from './askMsk.ts'
import { brokersFor } from './brokersFor.ts'
import { type CustomResourceRequest, readQuestion, readRequest } from './request.ts'
import { sendAnswer } from './sendAnswer.ts'

/** The end of an invocation that is kept for the answer, in milliseconds: without one a stack waits for an hour. */
const ANSWER_RESERVE_MS = 15_000

const logger = createLogger({ function: 'bootstrapBrokers', format: 'json' })

/**
 * CloudFormation's custom resource `Custom::BootstrapBrokers`: asks MSK once a deployment for the brokers' addresses, which
 * the other functions get as a setting. Properties: `ClusterArn`, `Authentication`; attribute: `Brokers`.
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  const request = readRequest(event)
  const outcome = await outcomeOf(request, timeForMsk(context.getRemainingTimeInMillis()))
  await sendAnswer(
    request.ResponseURL,
    answerTo(request, outcome),
    deadlineIn(context.getRemainingTimeInMillis() - 500),
  )
}

async function outcomeOf(request: CustomResourceRequest, timeoutMs: number): Promise<Outcome> {
  // There is nothing to delete, and a stack must be removable however wrong it is.
  if (request.RequestType === 'Delete') return {}
  try {
    const { ClusterArn, Authentication } = readQuestion(request)
    const brokers = brokersFor(Authentication, await askMsk(ClusterArn, { timeoutMs }))
    logger.info('brokers found', { cluster: ClusterArn, brokers })
    return { brokers }
  } catch (error) {
    const failure = reasonOf(error)
    logger.error('brokers not found', { reason: failure })
    return { failure }
  }
}

/** All but the time for the answer; half of an invocation that is shorter than that. */
function timeForMsk(remainingMs: number): number {
  return Math.max(remainingMs - ANSWER_RESERVE_MS, Math.floor(remainingMs / 2))
}
