import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

const original = RequestQueue.prototype.scheduleCheckPendingRequests

/**
 * Stops KafkaJS 2.2.4 from arming a timer of about a millisecond per open connection for ever, which costs
 * CPU while idle and makes Node 24 print a `TimeoutNegativeWarning` (tulios/kafkajs#1751). A check is needed
 * only while requests wait to be sent, for throttling by the broker too. Calling it again changes nothing.
 */
export function stopIdleTimers(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleOnlyWhilePending
}

function scheduleOnlyWhilePending(this: typeof RequestQueue.prototype): void {
  if (this.pending.length > 0) original.call(this)
}
