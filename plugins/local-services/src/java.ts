import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalServicesError } from './errors.ts'

/** What the brokers of Kafka 4 and DynamoDB Local 2 ask for. */
export const LEAST_JAVA_VERSION = 17

export interface Java {
  /** What to run: a path, or `java` to be found on PATH. */
  command: string
  version: number
  /** All that `java -version` prints: another build prints another text. */
  build: string
}

/**
 * The first Java of JAVA_HOME and PATH that runs and is new enough.
 * @throws LocalServicesError JAVA_MISSING or JAVA_TOO_OLD
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const candidates = [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : []), 'java']
  const tooOld: Java[] = []
  for (const command of candidates) {
    const build = await runVersion(command, env)
    const version = parseJavaVersion(build)
    if (version === undefined) continue
    const java = { command, version, build }
    if (version >= LEAST_JAVA_VERSION) return java
    tooOld.push(java)
  }
  throw javaError(tooOld[0])
}

/**
 * The major version in what `java -version` prints: 8 for "1.8.0_292", 17 for "17.0.15", 26 for "26-ea".
 */
export function parseJavaVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

function javaError(tooOld: Java | undefined): LocalServicesError {
  const mending =
    `Install Java ${LEAST_JAVA_VERSION} or later (such as https://adoptium.net) so that \`java -version\` shows it, ` +
    'or set JAVA_HOME to it. To do without, set KAFKA_BROKERS=host:port and DYNAMODB_ENDPOINT=http://host:port to ones that already run.'
  if (!tooOld) {
    return new LocalServicesError(
      'JAVA_MISSING',
      `Kafka and DynamoDB Local need Java, and none was found. ${mending}`,
    )
  }
  return new LocalServicesError(
    'JAVA_TOO_OLD',
    `Kafka and DynamoDB Local need Java ${LEAST_JAVA_VERSION} or later, and \`${tooOld.command}\` is Java ${tooOld.version}. ${mending}`,
  )
}

/** Empty when it does not run; macOS has a `java` that only says that there is none. */
async function runVersion(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ['-version'], { env, timeout: 20_000 })
    return stderr + stdout
  } catch {
    return ''
  }
}
