import net from 'node:net'

/** Stands between clients and a broker, and can stop to pass on what they say. */
export interface TcpProxy {
  readonly port: number
  /** Connections that are open now. */
  readonly open: number
  /** Bytes that clients have sent since the proxy was started. */
  readonly bytesFromClients: number
  /** What the broker answers on the connections that are open now gets lost; new connections work. */
  swallowAnswers(): void
  /** What the broker answers gets lost on all connections, new ones too, until `resume`. */
  swallowAllAnswers(): void
  /** Nothing passes in either direction on the connections that are open now, as after a broken network; new ones work. */
  forgetConnections(): void
  /** Nothing passes in either direction, on new connections either, until `resume`. */
  stall(): void
  /** New connections work again. Those that lost an answer do not: their stream has a gap. */
  resume(): void
  /** Ends all connections, as a broker does with idle ones. */
  closeConnections(): void
  stop(): Promise<void>
}

/** @param target port on loopback that connections are passed on to; it need not listen yet */
export async function startTcpProxy(port: number, target: number): Promise<TcpProxy> {
  const pairs = new Set<{ client: net.Socket; mute: boolean; deaf: boolean }>()
  let muteNew = false
  let deafNew = false
  let bytesFromClients = 0

  const server = net.createServer((client) => {
    const pair = { client, mute: muteNew, deaf: deafNew }
    pairs.add(pair)
    const broker = net.connect(target, '127.0.0.1')
    client.on('data', (data) => {
      bytesFromClients += data.length
      if (!pair.deaf) broker.write(data)
    })
    broker.on('data', (data) => {
      if (!pair.mute) client.write(data)
    })
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) socket.on('close', end).on('error', end)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })

  const muteOpen = () => {
    for (const pair of pairs) pair.mute = true
  }
  const deafenOpen = () => {
    for (const pair of pairs) pair.deaf = true
  }
  return {
    port,
    get open() {
      return pairs.size
    },
    get bytesFromClients() {
      return bytesFromClients
    },
    swallowAnswers: muteOpen,
    swallowAllAnswers() {
      muteNew = true
      muteOpen()
    },
    forgetConnections() {
      muteOpen()
      deafenOpen()
    },
    stall() {
      muteNew = true
      deafNew = true
      muteOpen()
      deafenOpen()
    },
    resume() {
      muteNew = false
      deafNew = false
    },
    closeConnections() {
      for (const { client } of pairs) client.end()
    },
    async stop() {
      for (const { client } of pairs) client.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
