import { LocalServicesError } from './errors.ts'
import { whyNotFree } from './ports.ts'
import { parsePort } from './settings.ts'

/** serverless-offline's own options, as far as they matter here; the command line gives texts. */
export interface HostOptions {
  host?: string
  httpPort?: number | string
  lambdaPort?: number | string
  httpsProtocol?: string | null
}

/** Where serverless-offline will listen. */
export interface HostAddress {
  host: string
  httpPort: number
  lambdaPort: number
  /** What a person on this machine puts before a path, such as `http://localhost:3000`. */
  url: string
}

/**
 * Merged as serverless-offline merges them: its defaults, `custom.serverless-offline`, the command line.
 * @throws LocalServicesError BAD_SETTING
 */
export function hostAddress(custom: HostOptions = {}, commandLine: HostOptions = {}): HostAddress {
  const merged = {
    ...{ host: 'localhost', httpPort: 3000, lambdaPort: 3002, httpsProtocol: null },
    ...custom,
    ...commandLine,
  }
  const httpPort = parsePort(merged.httpPort, '--httpPort')
  const lambdaPort = parsePort(merged.lambdaPort, '--lambdaPort')
  // A server that listens everywhere is reached by this name.
  const name = ['0.0.0.0', '::'].includes(merged.host) ? 'localhost' : merged.host
  const url = `${merged.httpsProtocol ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${httpPort}`
  return { host: merged.host, httpPort, lambdaPort, url }
}

/**
 * serverless-offline itself answers a taken port with a stack.
 * @throws LocalServicesError PORT_TAKEN, SAME_PORT or CANNOT_LISTEN
 */
export async function assertHostPortsFree(
  { host, httpPort, lambdaPort }: HostAddress,
  servicePorts: readonly number[] = [],
): Promise<void> {
  const wanted = [
    { port: httpPort, what: 'The HTTP server', option: '--httpPort' },
    { port: lambdaPort, what: 'The Lambda server', option: '--lambdaPort' },
  ]
  const ports = [...servicePorts, httpPort, lambdaPort]
  const twice = ports.find((port, index) => ports.indexOf(port) !== index)
  if (twice !== undefined) {
    throw new LocalServicesError(
      'SAME_PORT',
      `Port ${twice} is asked for twice. Give each its own: KAFKA_PORT, DYNAMODB_PORT, --httpPort and --lambdaPort.`,
    )
  }
  for (const { port, what, option } of wanted) {
    const reason = await whyNotFree(port, host)
    if (reason) throw cannotListen({ reason, host, port, what, option })
  }
}

/** The error for a port that cannot be had; `reason` is an error code of the operating system. */
export function cannotListen(failure: {
  reason: string
  host: string
  port: number
  what: string
  option: string
}): LocalServicesError {
  const { reason, host, port, what, option } = failure
  const mending = `Choose another: npm start -- ${option} ${port < 65_000 ? port + 100 : port - 100}`
  if (reason === 'EADDRINUSE') {
    return new LocalServicesError(
      'PORT_TAKEN',
      `${what} cannot have port ${port} on ${host}: another program has it. ${mending}`,
    )
  }
  const why = reason === 'EACCES' ? 'that port is not allowed to this user' : reason
  return new LocalServicesError(
    'CANNOT_LISTEN',
    `${what} cannot listen on ${host}:${port} (${why}). ${mending}, or another --host`,
  )
}
