import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { LOOPBACK } from '../../plugins/local-services/src/ports.ts'
import { freePort } from '../helpers/freePort.ts'
import { chargeRecordedBy } from './recordedCharges.ts'

/** What the table did with the records of charges; times are epoch milliseconds, by the order's id. */
export interface ChargeRecords {
  /** When it was first asked to record that an order is charged. */
  readonly askedAt: ReadonlyMap<string, number>
  /** When it had first confirmed that. */
  readonly recordedAt: ReadonlyMap<string, number>
}

/** Stands in front of DynamoDB Local and notes what nobody else can tell: when a charge was recorded. */
export interface TableGate extends ChargeRecords {
  readonly endpoint: string
  open(): Promise<void>
  /** Nothing listens there then, and all connections are cut off. */
  close(): Promise<void>
}

/** @param behind the endpoint of DynamoDB Local */
export async function tableGate(behind: string): Promise<TableGate> {
  const port = await freePort()
  const askedAt = new Map<string, number>()
  const recordedAt = new Map<string, number>()
  const agent = new Agent({ keepAlive: true })

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await text(incoming)
    const charge = chargeRecordedBy(String(incoming.headers['x-amz-target']), body)
    if (charge !== undefined && !askedAt.has(charge)) askedAt.set(charge, Date.now())
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
    askedAt,
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
