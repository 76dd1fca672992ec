import net from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

const KEEP_ALIVE_MS = 60_000

/**
 * A connection to a broker as KafkaJS 2.2.4 makes its own, with two differences. What is written goes out at once. And a socket
 * that is given up again and again gets no listeners: KafkaJS calls `unref` for each request and each attempt to connect that
 * failed, and on a socket that is destroyed by then Node.js waits for a connection each time, with a listener more, and warns
 * of the eleventh.
 */
export const kafkaJsSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  socket.setNoDelay(true)
  const unref = socket.unref.bind(socket)
  socket.unref = () => (socket.destroyed ? socket : unref())
  return socket
}
