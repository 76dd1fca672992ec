import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { correlationIdFrom, traceparentFrom } from '../../shared/trace.ts'
import type { RequestContext } from './createOrder.ts'

/** What the authorizers of an HTTP API leave in the event: JWT claims, or an IAM identity. */
interface Authorized {
  authorizer?: {
    jwt?: { claims?: Record<string, unknown> }
    iam?: { userArn?: string } | null
  }
}

/** Reads who calls and how the request is traced. Header names must be in lower case. */
export function requestContextOf(
  { headers, requestContext }: APIGatewayProxyEventV2,
  { awsRequestId }: Context,
  idempotencyKey: string | undefined,
): RequestContext {
  return {
    idempotencyKey,
    caller: callerOf(requestContext as Authorized),
    traceparent: traceparentFrom(headers.traceparent),
    correlationId: correlationIdFrom(headers['correlation-id'], awsRequestId),
  }
}

function callerOf({ authorizer }: Authorized = {}): string {
  const subject = authorizer?.jwt?.claims?.sub
  return typeof subject === 'string' ? subject : (authorizer?.iam?.userArn ?? '')
}
