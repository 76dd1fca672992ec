import { cannotListen, type HostAddress } from '../../plugins/local-services/src/hostPorts.ts'
import { type Finding, ok, warning } from '../finding.ts'
import { refusal } from './refusal.ts'

/** One of the two servers of `npm start`, and why nobody can listen on its port now: an error code, or undefined. */
export interface HostPort {
  subject: string
  what: string
  option: string
  port: number
  reason: string | undefined
}

/** Who may have the ports, beside strangers. */
export interface Holder {
  /** The process that runs `npm start` in this folder, and the ports that it has; undefined where nobody can see them. */
  running: { pid: number; ports: ReadonlySet<number> | undefined } | undefined
  /** With Kafka and DynamoDB elsewhere, `npm start` leaves no trace of itself in this folder. */
  allElsewhere: boolean
}

/** The ports of serverless-offline. */
export const hostPorts = ({ httpPort, lambdaPort }: HostAddress) => [
  { subject: 'HTTP port', what: 'The HTTP server', option: '--httpPort', port: httpPort },
  { subject: 'Lambda port', what: 'The Lambda server', option: '--lambdaPort', port: lambdaPort },
]

export function hostPortFinding(
  { subject, what, option, port, reason }: HostPort,
  host: string,
  { running, allElsewhere }: Holder,
): Finding {
  if (reason === undefined) return ok(subject, `${port} is free`)
  const taken = reason === 'EADDRINUSE'
  if (taken && running?.ports?.has(port)) {
    return ok(subject, `\`npm start\` of this folder has ${port} (process ${running.pid})`)
  }
  const refused = refusal(subject, cannotListen({ reason, host, port, what, option }))
  if (taken && running && running.ports === undefined) {
    return warning(
      subject,
      `${port} is taken while \`npm start\` of this folder runs (process ${running.pid}): by it, or by another program.`,
      `All is well if that is \`npm start\`. ${refused.cure}`,
    )
  }
  if (!allElsewhere || !taken) return refused
  return warning(subject, refused.message, `All is well if that is \`npm start\`. ${refused.cure}`)
}
