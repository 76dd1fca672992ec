/**
 * The time at which a batch that is not full is sent, when its first record is there at `now`. Times and `windowMs` in milliseconds.
 * A window starts when the previous invocation is complete. When it passed without a record, the next starts with the record.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
export function windowEnd(now: number, previousInvocationEnd: number | undefined, windowMs: number): number {
  const running = previousInvocationEnd !== undefined && previousInvocationEnd + windowMs > now
  return (running ? previousInvocationEnd : now) + windowMs
}
