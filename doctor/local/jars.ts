import { hasJars, type JarSet, mavenMissing } from '../../plugins/local-services/src/mavenJars.ts'
import { type Finding, ok } from '../finding.ts'
import { refusal } from './refusal.ts'
import { whetherRuns } from './whetherRuns.ts'

/** A service's jars, or Maven to fetch them. */
export async function jars(
  subject: string,
  set: JarSet,
  jarsDir: string,
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  if (await hasJars(set, jarsDir)) return ok(subject, `${set.version} is here; Maven is not needed`)
  const maven = await whetherRuns('mvn', ['--version'], env)
  if (!maven) return refusal(subject, mavenMissing(set))
  return ok(subject, `${set.version} comes with the first start (about ${set.size} MB, by ${maven})`)
}
