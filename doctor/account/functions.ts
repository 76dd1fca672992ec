import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import { broken, type Finding, ok, warning } from '../finding.ts'

/** The function's name in its ARN, which may end with a version. */
export const nameInArn = (arn: string): string => arn.split(':')[6] ?? arn

/** The state of a function and of its last update (docs.aws.amazon.com/lambda/latest/dg/functions-states.html). */
export function functionFinding(settings: FunctionConfiguration): Finding {
  const { FunctionName = '', State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = settings
  const subject = `function ${FunctionName}`
  if (State === 'Failed') {
    return broken(subject, `Failed: ${StateReason}`, 'Mend what the reason names, and deploy again.')
  }
  if (LastUpdateStatus === 'Failed') {
    return broken(
      subject,
      `${State}, but its last update failed: ${LastUpdateStatusReason}`,
      'The former version runs. Mend what the reason names, and deploy again.',
    )
  }
  if (State === 'Inactive') {
    return warning(
      subject,
      'Inactive, since nobody invoked it for 14 days',
      'The next invocation wakes it and may fail; repeat it.',
    )
  }
  if (State !== 'Active' || LastUpdateStatus === 'InProgress') {
    return warning(
      subject,
      `${State}, last update ${LastUpdateStatus}: ${StateReason ?? 'no reason given'}`,
      'Wait a minute.',
    )
  }
  return ok(subject, `${State}, ${settings.Runtime}, ${settings.MemorySize} MB, ${settings.Timeout} s`)
}
