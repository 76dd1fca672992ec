import { readDynamoDbSettings, readKafkaSettings } from '../../plugins/local-services/src/settings.ts'
import { SettingsError } from '../../shared/errors.ts'
import { readSettings } from '../../shared/settings.ts'
import { broken, type Finding, ok } from '../finding.ts'
import { refusal } from './refusal.ts'

/** What the functions and the local services would say to this environment when they start. */
export function settingsFindings(env: NodeJS.ProcessEnv): Finding[] {
  const subject = 'settings'
  const ofFunctions = faultOf(subject, () => readSettings(env))
  // Both read the variables of a Kafka and a DynamoDB elsewhere, and one complaint is enough.
  const rest = ofFunctions ? { KAFKA_PORT: env.KAFKA_PORT, DYNAMODB_PORT: env.DYNAMODB_PORT } : env
  const faults = [
    ofFunctions,
    faultOf(subject, () => readKafkaSettings(rest)),
    faultOf(subject, () => readDynamoDbSettings(rest)),
  ]
  const findings = faults.flatMap((fault) => fault ?? [])
  return findings.length > 0 ? findings : [ok(subject, 'the environment variables are in range')]
}

function faultOf(subject: string, read: () => unknown): Finding | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof SettingsError) {
      return broken(subject, error.message, 'docs/how-it-works.md lists all settings.')
    }
    return refusal(subject, error)
  }
}
