import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LocalServicesError } from './errors.ts'
import { spawnGuarded } from './guardedProcess.ts'
import type { Java } from './java.ts'
import { MavenProgress } from './mavenProgress.ts'
import { identifyProcess } from './processIdentity.ts'

/** In full: with the short name Maven asks for more, and hides behind that why it could not get it. */
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
const COMPLETE = 'complete'
/** How Maven's last lines say what went wrong; the first of them is the reason. */
const MAVEN_ERROR = /^\[ERROR\] (?:Failed to execute goal .*?on project \S+: )?(.+?)(?: -> \[Help 1\])?$/

/** What a pom of this plugin stands for. */
export interface JarSet {
  /** For files and for the pom's property, `<name>.version`: `kafka`. */
  name: string
  /** For a person: `Kafka`. */
  title: string
  version: string
  pom: string
  /** About, in MB. */
  size: number
  /** How to do without, as a sentence. */
  instead: string
}

export interface JarsOptions {
  /** Jars of all sets and versions, one folder each; shared by everything that runs from this checkout. */
  jarsDir: string
  java: Java
  log: (line: string) => void
  signal?: AbortSignal | undefined
}

/**
 * The folder with the set's jars; Maven fetches them the first time. It gets its name only when it is complete, so
 * an interrupted fetch is done again, and two at once do no harm.
 * @throws LocalServicesError MAVEN_MISSING or MAVEN_FAILED
 */
export async function ensureJars(set: JarSet, options: JarsOptions): Promise<string> {
  const { jarsDir, log } = options
  const called = `${set.title} ${set.version}`
  const folder = folderOf(jarsDir, set)
  const fingerprint = await fingerprintOf(set)
  if (await isComplete(folder, fingerprint)) return folder

  await mkdir(jarsDir, { recursive: true })
  await removeAbandoned(jarsDir)
  log(`Fetching ${called} with Maven, this first time only (about ${set.size} MB)`)
  const unfinished = join(jarsDir, `unfinished-${process.pid}-${set.name}-${set.version}-${randomUUID()}`)
  try {
    await runMaven(set, options, unfinished)
    await writeFile(join(unfinished, COMPLETE), fingerprint)
    if (!(await isComplete(folder, fingerprint))) {
      await rm(folder, { recursive: true, force: true })
      await rename(unfinished, folder)
    }
  } catch (error) {
    // Another process may have moved its own copy there between the two lines above.
    if (await isComplete(folder, fingerprint)) return folder
    throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  log(`${called} is here: ${folder}`)
  return folder
}

/** Whether the jars are here, so that no Maven is needed. */
export const hasJars = async (set: JarSet, jarsDir: string): Promise<boolean> =>
  isComplete(folderOf(jarsDir, set), await fingerprintOf(set))

const folderOf = (jarsDir: string, { name, version }: JarSet) => join(jarsDir, `${name}-${version}`)

const fingerprintOf = async ({ pom }: JarSet) =>
  createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')

async function isComplete(folder: string, fingerprint: string): Promise<boolean> {
  return (await readFile(join(folder, COMPLETE), 'utf8').catch(() => undefined)) === fingerprint
}

/** What a process left that was killed while it worked: `unfinished-<pid>-…`. */
export async function removeAbandoned(jarsDir: string): Promise<void> {
  for (const name of await readdir(jarsDir)) {
    const pid = /^unfinished-(\d+)-/.exec(name)?.[1]
    if (pid && !(await identifyProcess(Number(pid)))) {
      await rm(join(jarsDir, name), { recursive: true, force: true })
    }
  }
}

async function runMaven(set: JarSet, options: JarsOptions, target: string): Promise<void> {
  const { jarsDir, java, log, signal } = options
  signal?.throwIfAborted()
  const maven = spawnGuarded(
    'mvn',
    [
      ...['--batch-mode', '--file', set.pom, '-Dstyle.color=never', `-D${set.name}.version=${set.version}`],
      ...[COPY_JARS, '-DincludeScope=runtime', `-DoutputDirectory=${target}`],
    ],
    { output: 'pipe', graceSeconds: 2, env: mavenEnvironment(java) },
  )
  const { child } = maven
  const kill = () => maven.kill()
  signal?.addEventListener('abort', kill)

  const logFile = join(jarsDir, `${set.name}.maven.log`)
  const copy = createWriteStream(logFile)
  const progress = new MavenProgress(log)
  let reason: string | undefined
  const readLines = async (stream: NodeJS.ReadableStream | null) => {
    if (!stream) return
    for await (const line of createInterface({ input: stream })) {
      copy.write(`${line}\n`)
      progress.read(line)
      reason ??= MAVEN_ERROR.exec(line)?.[1]
    }
  }
  const [status] = await Promise.all([maven.exited, readLines(child.stdout), readLines(child.stderr)])
  signal?.removeEventListener('abort', kill)
  await new Promise<void>((resolve) => copy.end(resolve))

  signal?.throwIfAborted()
  if (status.code === 0 && existsSync(target)) return
  if (status.code === 127) throw mavenMissing(set)
  throw new LocalServicesError(
    'MAVEN_FAILED',
    `Maven could not fetch ${set.title} ${set.version}: ${reason ?? `it ended with ${status.code ?? status.signal}`}\n` +
      'Check the network connection (a proxy or a mirror goes into ~/.m2/settings.xml) and start again. ' +
      `All of Maven's output is in ${logFile}.`,
  )
}

/** @throws nothing; the error to throw when there is no Maven and the jars are not here */
export function mavenMissing({ title, version, instead }: JarSet): LocalServicesError {
  return new LocalServicesError(
    'MAVEN_MISSING',
    `Maven is needed once, to fetch ${title} ${version}, and there is no \`mvn\` on PATH. ` +
      'Install it (https://maven.apache.org/install.html, or your package manager\'s "maven") and start again. ' +
      instead,
  )
}

/** A JAVA_HOME that leads nowhere stops Maven, even though the Java on PATH would do. */
function mavenEnvironment(java: Java): NodeJS.ProcessEnv {
  const { JAVA_HOME, ...env } = process.env
  return java.command === 'java' ? env : { ...env, JAVA_HOME }
}
