import { onOneLine } from '../../shared/text.ts'
import type { CustomResourceRequest } from './request.ts'

/** What became of the request. */
export type Outcome = { brokers?: string } | { failure: string }

/** CloudFormation's response object (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html). */
export interface Answer {
  Status: 'SUCCESS' | 'FAILED'
  Reason?: string
  PhysicalResourceId: string
  StackId: string
  RequestId: string
  LogicalResourceId: string
  Data?: { Brokers: string }
}

/** CloudFormation takes 4096 bytes in all; a reason of this many fits however JSON writes its characters. */
const REASON_BYTES = 1_024

/**
 * The answer to a request. The physical id stays the same for the life of the resource and does not name the cluster:
 * so another cluster is an update, and nothing is replaced.
 */
export function answerTo(request: CustomResourceRequest, outcome: Outcome): Answer {
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId } = request
  const identity = {
    PhysicalResourceId: PhysicalResourceId ?? `${StackId}/${LogicalResourceId}`,
    StackId,
    RequestId,
    LogicalResourceId,
  }
  if ('failure' in outcome) {
    return { Status: 'FAILED', Reason: firstBytes(onOneLine(outcome.failure), REASON_BYTES), ...identity }
  }
  const { brokers } = outcome
  return { Status: 'SUCCESS', ...identity, ...(brokers === undefined ? {} : { Data: { Brokers: brokers } }) }
}

/** As many whole characters as fit. */
function firstBytes(text: string, bytes: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read)
}
