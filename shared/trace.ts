import { someRandomBytes } from './random.ts'

/** W3C Trace Context, version 00; ids of zeros only are invalid (w3.org/TR/trace-context). */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** Names of the headers that one order carries through all topics. */
export const TRACE_HEADERS = ['traceparent', 'tracestate', 'correlation-id'] as const

/** `candidate` when it is a valid traceparent, otherwise a new one. */
export function traceparentFrom(candidate: string | undefined): string {
  if (candidate !== undefined && TRACEPARENT.test(candidate)) return candidate
  const ids = someRandomBytes(24).toString('hex')
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`
}

/** `candidate` when it can stand in a header and in a log line, otherwise `fallback`. */
export function correlationIdFrom(candidate: string | undefined, fallback: string): string {
  return candidate !== undefined && /^[\x21-\x7E]{1,128}$/.test(candidate) ? candidate : fallback
}
