import net from 'node:net'

/** Kinds of requests. See https://kafka.apache.org/protocol#protocol_api_keys */
export const API = { offsetCommit: 8, leaveGroup: 13 } as const

/** Stands between clients and a broker that is advertised at the proxy's port, and can keep requests of one kind back. */
export type KafkaProxy = {
  /** How many requests of the kind have come. */
  count(kind: number): number
  /** Requests of the kind wait from now on; those that come after them go on. */
  hold(kind: number): void
  release(): void
  stop(): Promise<void>
}

/** @param target port on loopback that connections are passed on to; it need not listen yet */
export async function startKafkaProxy(port: number, target: number): Promise<KafkaProxy> {
  const counts = new Map<number, number>()
  const sockets = new Set<net.Socket>()
  let waiting: (() => void)[] = []
  let held: number | undefined

  const server = net.createServer((client) => {
    const broker = net.connect(target, '127.0.0.1')
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          client.destroy()
          broker.destroy()
        })
    }
    broker.pipe(client)
    let received = Buffer.alloc(0)
    client.on('data', (data) => {
      received = Buffer.concat([received, data])
      // A length of 4 bytes, then the request, which begins with its kind.
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const request = received.subarray(0, 4 + received.readInt32BE(0))
        received = received.subarray(request.length)
        const kind = request.readInt16BE(4)
        counts.set(kind, (counts.get(kind) ?? 0) + 1)
        if (kind === held) waiting.push(() => broker.write(request))
        else broker.write(request)
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })

  const release = () => {
    held = undefined
    for (const send of waiting) send()
    waiting = []
  }
  return {
    count: (kind) => counts.get(kind) ?? 0,
    hold: (kind) => {
      held = kind
    },
    release,
    async stop() {
      release()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
