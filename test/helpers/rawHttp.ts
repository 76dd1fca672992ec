import net from 'node:net'

/** What a server said on a connection; the body as far as `content-length` goes. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Sends bytes as they are and reads the first answer; after so long without one, the connection is given up. */
export async function sendRaw(
  url: string,
  bytes: string | Buffer,
  patienceMs = 20_000,
): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  const chunks: Buffer[] = []
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      chunks.push(data)
      if (answerIn(Buffer.concat(chunks)) !== undefined) resolve()
    })
    // A server that refuses a request may reset the connection while the rest of it is on its way.
    socket.on('close', resolve).on('error', resolve)
    socket.setTimeout(patienceMs, resolve)
    socket.write(bytes)
  })
  socket.destroy()
  return answerIn(Buffer.concat(chunks))
}

function answerIn(bytes: Buffer): RawAnswer | undefined {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const length = Number(headers['content-length'] ?? 0)
  const body = bytes.subarray(end + 4, end + 4 + length)
  if (body.length < length) return undefined
  return { status: Number(statusLine.split(' ')[1]), headers, body: body.toString('utf8') }
}
