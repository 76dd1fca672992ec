import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findJava } from '../../../plugins/local-services/src/java.ts'
import { KAFKA_VERSION, PROJECT_ROOT } from '../../../plugins/local-services/src/kafkaVersion.ts'

/** Makes a user for SCRAM-SHA-512, or gives it another password, by Kafka's own tool. */
export async function setScramPassword(brokers: string, name: string, password: string): Promise<void> {
  const { command } = await findJava()
  await promisify(execFile)(command, [
    ...['-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp'],
    join(PROJECT_ROOT, '.local', 'jars', `kafka-${KAFKA_VERSION}`, '*'),
    ...['kafka.admin.ConfigCommand', '--bootstrap-server', brokers, '--alter'],
    ...['--entity-type', 'users', '--entity-name', name],
    ...['--add-config', `SCRAM-SHA-512=[password=${password}]`],
  ])
}
