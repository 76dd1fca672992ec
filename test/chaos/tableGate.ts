import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { LOOPBACK } from '../../plugins/local-services/src/ports.ts'
import { freePort } from '../helpers/freePort.ts'
import { chargeRecordedBy } from './recordedCharges.ts'

/** Stands in front of DynamoDB Local and notes when it confirmed the record of each charge, which nobody else can tell. */
export interface TableGate {
  readonly endpoint: string
  /** When the table had first confirmed that an order is charged, by the order's id, in epoch milliseconds. */
  readonly recordedAt: ReadonlyMap<string, number>
  open(): Promise<void>
  /** Nothing listens there then, and all connections are cut off. */
  close(): Promise<void>
}

/** @param behind the endpoint of DynamoDB Local */
export async function tableGate(behind: string): Promise<TableGate> {
  const port = await freePort()
  const recordedAt = new Map<string, number>()
  const agent = new Agent({ keepAlive: true })

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await text(incoming)
    const charge = chargeRecordedBy(String(incoming.headers['x-amz-target']), body)
    const onward = request(behind, {
      ...{ agent, method: incoming.method, path: incoming.url, headers: incoming.headers },
    })
    onward.on('error', () => outgoing.destroy())
    onward.on('response', (answer) => {
      if (charge !== undefined && answer.statusCode === 200 && !recordedAt.has(charge)) {
        recordedAt.set(charge, Date.now())
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.on('error', () => outgoing.destroy()).pipe(outgoing)
    })
    onward.end(body)
  }

  const server = createServer((incoming, outgoing) => {
    // A connection that broke is the caller's to notice.
    pass(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.keepAliveTimeout = 60_000
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    recordedAt,
    open: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(port, LOOPBACK, () => {
          server.off('error', reject)
          resolve()
        })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
