import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findJava, type Java, LEAST_JAVA_VERSION } from '../../plugins/local-services/src/java.ts'
import { type Finding, ok, warning } from '../finding.ts'
import { refusal } from './refusal.ts'

/** The Java that the local services get. */
export async function java(env: NodeJS.ProcessEnv): Promise<Finding> {
  try {
    return javaFinding(await findJava(env), env)
  } catch (error) {
    return refusal('Java', error)
  }
}

/** @param java the one that the local services get: that of JAVA_HOME, or else the one on PATH */
export function javaFinding({ command, version }: Java, env: NodeJS.ProcessEnv): Finding {
  if (command !== 'java') return ok('Java', `${version} (${command}, of JAVA_HOME)`)
  const told = `${version} (${onPath(command, env.PATH)}, of PATH)`
  if (!env.JAVA_HOME) return ok('Java', told)
  return warning(
    'Java',
    `${told}, since JAVA_HOME (${env.JAVA_HOME}) has none that runs and is ${LEAST_JAVA_VERSION} or later.`,
    'Point JAVA_HOME to the folder of a Java, the one that has bin/java in it, or unset it.',
  )
}

/** Where the program is; its name when it is not found under it, as on Windows. */
const onPath = (program: string, path = '') =>
  path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file)) ?? program
