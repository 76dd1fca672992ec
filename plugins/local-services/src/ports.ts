import { connect, createServer } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/** A port on which nothing listens now. Another process may take it before the caller does. */
export async function findFreePort(host: string = LOOPBACK): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port: 0, host, exclusive: true }, resolve)
  })
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return address.port
}

/** Why nobody can listen there: an error code such as EADDRINUSE; undefined when it is free. */
export async function whyNotFree(port: number, host: string = LOOPBACK): Promise<string | undefined> {
  // macOS lets one listen on an address although another process listens on all of them.
  if (await accepts(port, host)) return 'EADDRINUSE'
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** Whether something takes a connection there within the time. */
export function accepts(port: number, host: string = LOOPBACK, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: timeoutMs })
    const answer = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
  })
}
