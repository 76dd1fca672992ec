import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import type { Certificate } from './certificates.ts'

/** A token that came in, with the number of the connection that it came by. */
export interface Authenticated {
  readonly connection: number
  readonly token: string
}

/**
 * Stands for the IAM listener of MSK before a plaintext listener of a real broker: TLS, SASL/OAUTHBEARER, and sessions that end.
 * Like Kafka, it closes a connection whose session is over, unless it authenticates anew, and one that does so within a second.
 */
export interface IamGate {
  readonly authenticated: readonly Authenticated[]
  /** Of sessions that begin from now on; 0, as at first: they do not end. */
  sessionLifetimeMs: number
  /** What is answered to a token; undefined: it is taken. */
  refuse: (token: string) => string | undefined
  /** Lets so much time pass for the sessions. */
  advance(milliseconds: number): void
  stop(): Promise<void>
}

const API_VERSIONS = 18
const SASL_HANDSHAKE = 17
const SASL_AUTHENTICATE = 36
const UNSUPPORTED_SASL_MECHANISM = 33
const SASL_AUTHENTICATION_FAILED = 58
const MECHANISM = 'OAUTHBEARER'
const BEARER = 'auth=Bearer '
const LEAST_MS_BETWEEN = 1_000

/** @param target port of the broker's listener on 127.0.0.1, which need not be there yet; it advertises `port` */
export async function startIamGate(
  port: number,
  target: number,
  { certificate: cert, privateKey: key }: Certificate,
): Promise<IamGate> {
  const authenticated: Authenticated[] = []
  const sockets = new Set<net.Socket>()
  let connections = 0
  let skippedMs = 0
  const now = () => performance.now() + skippedMs
  const gate = { sessionLifetimeMs: 0, refuse: (_token: string): string | undefined => undefined }

  const server = tls.createServer({ cert, key }, (client) => {
    const connection = ++connections
    const broker = net.connect(target, '127.0.0.1')
    let begunAt: number | undefined
    let endsAt = 0

    const close = () => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', close).on('close', () => {
        sockets.delete(socket)
        close()
      })
    }
    broker.pipe(client)

    const authenticate = (token: string): Buffer => {
      authenticated.push({ connection, token })
      const refusal = gate.refuse(token)
      if (refusal !== undefined) {
        setImmediate(() => client.end())
        return Buffer.concat([int16(SASL_AUTHENTICATION_FAILED), string(refusal), int32(0), int64(0)])
      }
      begunAt = now()
      endsAt = gate.sessionLifetimeMs > 0 ? begunAt + gate.sessionLifetimeMs : Number.POSITIVE_INFINITY
      return Buffer.concat([int16(0), int16(-1), int32(0), int64(gate.sessionLifetimeMs)])
    }

    onFrames(client, (frame) => {
      const { apiKey, correlation, body } = request(frame)
      const answer = (content: Buffer) => client.write(framed(Buffer.concat([correlation, content])))
      if (apiKey === SASL_HANDSHAKE) {
        if (begunAt !== undefined && now() - begunAt < LEAST_MS_BETWEEN) return close()
        const asked = body.subarray(2, 2 + body.readInt16BE(0)).toString()
        answer(
          Buffer.concat([
            int16(asked === MECHANISM ? 0 : UNSUPPORTED_SASL_MECHANISM),
            int32(1),
            string(MECHANISM),
          ]),
        )
      } else if (apiKey === SASL_AUTHENTICATE) {
        answer(authenticate(bearerToken(body)))
      } else if (apiKey === API_VERSIONS || (begunAt !== undefined && now() < endsAt)) {
        broker.write(framed(frame))
      } else {
        close()
      }
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  return Object.assign(gate, {
    authenticated,
    advance(milliseconds: number) {
      skippedMs += milliseconds
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** Header version 1: api key, api version, correlation id, client id. */
function request(frame: Buffer) {
  const clientId = Math.max(0, frame.readInt16BE(8))
  return {
    apiKey: frame.readInt16BE(0),
    correlation: frame.subarray(4, 8),
    body: frame.subarray(10 + clientId),
  }
}

/** The client's first message (RFC 7628) holds it between `auth=Bearer ` and a 1. */
function bearerToken(body: Buffer): string {
  const message = body.subarray(4, 4 + body.readInt32BE(0)).toString()
  const [header, bearer = '', ...ends] = message.split('\u0001')
  if (header !== 'n,,' || !bearer.startsWith(BEARER) || ends.join('') !== '' || ends.length !== 2) {
    throw new Error(`no token in ${JSON.stringify(message)}`)
  }
  return bearer.slice(BEARER.length)
}

function onFrames(socket: net.Socket, take: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      const frame = rest.subarray(4, end)
      rest = rest.subarray(end)
      take(frame)
    }
  })
}

const framed = (content: Buffer) => Buffer.concat([int32(content.length), content])
const string = (text: string) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
