import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

/** Sends orders over connections that are kept; takes little of the machine, which the server needs. */
export class OrderClient {
  readonly #url: string
  readonly #agent: Agent

  /** @param connections at most */
  constructor(url: string, connections: number) {
    this.#url = `${url}/orders`
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** @throws Error for any answer but 202 */
  async send(customer: string): Promise<void> {
    const body = Buffer.from(JSON.stringify({ customer, amount: 12.5 }))
    const outgoing = request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    })
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    if (answer.statusCode !== 202) throw new Error(`POST /orders was answered ${answer.statusCode}`)
  }

  close(): void {
    this.#agent.destroy()
  }
}
