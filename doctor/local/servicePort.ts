import type { Usage, UsageState } from '../../plugins/local-services/src/dataFolder.ts'
import type { LocalServicesError } from '../../plugins/local-services/src/errors.ts'
import { LOOPBACK } from '../../plugins/local-services/src/ports.ts'
import { broken, type Finding, ok, warning } from '../finding.ts'
import { refusal } from './refusal.ts'

/** Who uses the data folder of a service. */
export interface InUse {
  usage: Usage
  state: UsageState
}

/** A service that `npm start` runs. */
export interface Service {
  /** For a person: `Kafka`. */
  name: string
  /** Chooses its port. */
  variable: string
  taken(port: number): LocalServicesError
}

/** @param reason why nobody can listen on the port now: an error code; undefined when it is free */
export function servicePortFinding(
  { name, variable, taken }: Service,
  port: number,
  reason: string | undefined,
  used: InUse | undefined,
): Finding {
  const subject = `${name} port`
  if (used?.state === 'in use' && (used.usage.port === port || reason === undefined)) {
    const { usage } = used
    return ok(subject, `the local ${name} runs on ${LOOPBACK}:${usage.port} (process ${usage.owner.pid})`)
  }
  if (reason === undefined) return ok(subject, `${port} is free`)
  if (used?.state === 'left behind' && used.usage.port === port) {
    return warning(
      subject,
      `${port} is taken by a ${name} that an earlier start left behind (process ${used.usage.broker?.pid}).`,
      'The next `npm start` stops it; nothing is lost.',
    )
  }
  if (reason === 'EADDRINUSE') return refusal(subject, taken(port))
  return broken(
    subject,
    `Nobody can listen on ${port} (${reason}).`,
    `Choose another port: ${variable}=${port < 65_000 ? port + 100 : port - 100} npm start`,
  )
}
