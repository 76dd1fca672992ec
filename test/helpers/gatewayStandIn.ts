import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { freePort } from './freePort.ts'

/** One call, as the gateway saw it. */
export interface Call {
  orderId: string
  amount: number
}

/** What the gateway does with a call: makes the charge and answers 200, answers with another status, or never answers. */
export type Answer = 'charge' | 'charge and hang' | 'hang' | number

/** A payment gateway over HTTP that honours idempotency keys and remembers everything. */
export interface GatewayStandIn {
  readonly url: string
  /** Every call, repeated ones too. */
  readonly calls: readonly Call[]
  /** Orders by id, with how often money was taken. */
  readonly charges: ReadonlyMap<string, number>
  /** Decides about each call from now on. */
  answer: (call: Call) => Answer | Promise<Answer>
  /** Away: connections are refused. */
  stop(): Promise<void>
  /** Again, on the same port. */
  start(): Promise<void>
}

export async function startGateway(): Promise<GatewayStandIn> {
  const port = await freePort()
  const calls: Call[] = []
  const charges = new Map<string, number>()
  const keys = new Set<string>()
  const waiting = new Set<ServerResponse>()

  const server = createServer(async (request, response) => {
    const { order_id: orderId, amount } = JSON.parse((await request.toArray()).join(''))
    const key = String(request.headers['idempotency-key'])
    calls.push({ orderId, amount })
    const answer = await gateway.answer({ orderId, amount })
    const charging = answer === 'charge' || answer === 'charge and hang'
    if (charging && !keys.has(key)) {
      keys.add(key)
      charges.set(orderId, (charges.get(orderId) ?? 0) + 1)
    }
    if (answer === 'hang' || answer === 'charge and hang') waiting.add(response)
    else response.writeHead(answer === 'charge' ? 200 : answer).end()
  })

  const gateway: GatewayStandIn = {
    url: `http://127.0.0.1:${port}/charges`,
    calls,
    charges,
    answer: () => 'charge',
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      waiting.clear()
      await closed
    },
    async start() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
  }
  await gateway.start()
  return gateway
}
