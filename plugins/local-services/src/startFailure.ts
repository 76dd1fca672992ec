import { LocalServicesError } from './errors.ts'

/** @throws nothing; the error to throw when something else listens on Kafka's port */
export function kafkaPortTaken(port: number): LocalServicesError {
  return new LocalServicesError(
    'KAFKA_PORT_TAKEN',
    `Port ${port} on 127.0.0.1 is taken by another program, so the local Kafka cannot have it. ` +
      `Choose another port: KAFKA_PORT=${port + 100} npm start. If that program is a Kafka you want to use: ` +
      `KAFKA_BROKERS=127.0.0.1:${port} npm start.`,
  )
}

/** What to tell about a broker that ended, or did not answer, while it was starting. */
export function describeStartFailure({
  output,
  port,
  logFile,
}: {
  /** What the broker printed. */
  output: string
  port: number
  logFile: string
}): string {
  const details = `Details are in ${logFile}.`
  if (/Failed to acquire lock on file/.test(output)) {
    return `Another Kafka already uses this data folder. Stop it first. ${details}`
  }
  if (output.includes(`${port}: Address already in use`)) {
    return kafkaPortTaken(port).message
  }
  const reason = lastError(output)
  return (
    `The local Kafka did not start${reason ? `: ${reason}` : ''}. ${details} ` +
    'If its data is at fault, empty it with: npm run reset'
  )
}

/** The last exception or error that the log names, without its stack. */
function lastError(output: string): string | undefined {
  const errors = output
    .split('\n')
    .filter((line) => /^(\S+(Exception|Error)\b|Error: |Caused by: )/.test(line))
  return errors
    .at(-1)
    ?.replace(/^Caused by: /, '')
    .trim()
}
