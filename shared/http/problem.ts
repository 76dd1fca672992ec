import { STATUS_CODES } from 'node:http'

/** Where a fault is: `pointer` into the body (RFC 6901, as a URI fragment) or the name of a `header`. */
export interface Fault {
  pointer?: string
  header?: string
  detail: string
}

/**
 * An answer that says what is wrong, as application/problem+json (RFC 9457). All of it reaches the client:
 * nothing internal belongs in it.
 */
export class HttpProblem extends Error {
  readonly status: number
  readonly errors: readonly Fault[]
  readonly headers: Record<string, string>

  constructor(
    status: number,
    detail: string,
    {
      errors = [],
      headers = {},
      cause,
    }: { errors?: Fault[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, cause === undefined ? {} : { cause })
    this.name = 'HttpProblem'
    this.status = status
    this.errors = errors
    this.headers = headers
  }
}

export interface HttpAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** The answer that a problem makes. */
export function problemAnswer({ status, message, errors, headers }: HttpProblem): HttpAnswer {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    ...(errors.length > 0 ? { errors } : {}),
  }
  return {
    statusCode: status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify(body),
  }
}
