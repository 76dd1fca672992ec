import { once } from 'node:events'
import { createServer } from 'node:http'
import { aContext, postOrders } from '../../helpers/lambda.ts'
import type { Handler } from './environmentsProcess.ts'

/**
 * The least that HTTP can be: node:http, an event made of the body, the answer as the handler gives it. A request goes to
 * an environment that is free.
 */
export async function serveOrders(handlers: readonly Handler[], port: number): Promise<void> {
  const free = [...handlers]
  const server = createServer(async (request, response) => {
    const handler = free.pop()
    if (!handler) return response.writeHead(429).end()
    request.setEncoding('utf8')
    let body = ''
    for await (const part of request) body += part
    const { statusCode, headers, body: answer } = await handler(postOrders(body), aContext(10_000))
    free.push(handler)
    response.writeHead(statusCode, headers).end(answer)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
