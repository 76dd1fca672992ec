import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that a stand-in got, whole. */
export interface ReceivedRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** How a stand-in answers; undefined is no answer at all, on a connection that stays open. */
export type StandInAnswer = { status?: number; body?: string; headers?: OutgoingHttpHeaders } | undefined

/** An HTTP server of a test's own, on loopback. */
export interface HttpStandIn {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  close(): Promise<void>
}

/** @param answer is asked for each request; `count` is 1 for the first */
export async function startHttpStandIn(
  answer: (request: ReceivedRequest, count: number) => StandInAnswer,
): Promise<HttpStandIn> {
  const requests: ReceivedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.once('end', () => {
      const { method = '', url: path = '', headers } = incoming
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() }
      requests.push(request)
      const answered = answer(request, requests.length)
      if (!answered) return
      outgoing.writeHead(answered.status ?? 200, { 'content-type': 'application/json', ...answered.headers })
      outgoing.end(answered.body)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
