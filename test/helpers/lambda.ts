import type { Context } from 'aws-lambda'

/** A Lambda context with so much time left, counted down as in Lambda. */
export function aContext(remainingMs = 30_000): Context {
  const end = Date.now() + remainingMs
  return {
    awsRequestId: 'request-1',
    functionName: 'test',
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
  } as Context
}

/** An event of an HTTP API for `POST /orders`; a body that is no text is written as JSON. */
export function postOrders(body: unknown, { headers = {}, base64 = false, ...rest }: HttpRequest = {}) {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  return {
    version: '2.0',
    routeKey: 'POST /orders',
    rawPath: '/orders',
    headers: { 'content-type': 'application/json', ...headers },
    requestContext: {
      requestId: 'http-request-1',
      http: { method: 'POST', path: '/orders' },
      ...(rest.authorizer ? { authorizer: rest.authorizer } : {}),
    },
    ...(text === undefined ? {} : { body: base64 ? Buffer.from(text).toString('base64') : text }),
    isBase64Encoded: base64,
  }
}

interface HttpRequest {
  headers?: Record<string, string | undefined>
  base64?: boolean
  authorizer?: object
}
