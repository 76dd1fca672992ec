import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type GuardedProcess, spawnGuarded } from '../../../local-services/src/guardedProcess.ts'
import { findJava } from '../../../local-services/src/java.ts'
import { KAFKA_VERSION, PROJECT_ROOT } from '../../../local-services/src/kafkaVersion.ts'

const JARS = join(PROJECT_ROOT, '.local', 'jars')
/** Without what it depends on, which the broker's jars are or which its consumer does without. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
const CONSOLE_CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx128m']
/** Those of Kafka's defaults that would make a test wait for seconds. */
const QUICK = { 'heartbeat.interval.ms': 200, 'auto.commit.interval.ms': 200, 'metadata.max.age.ms': 1_000 }

type JavaMemberOptions = {
  /** Regular expression. */
  readonly topics: string
  readonly groupId: string
  readonly brokers: readonly string[]
  readonly properties?: Record<string, string | number>
}

const running = new Set<JavaMember>()

/** Kafka's own console consumer as a member of a group; reads from the beginning, in what is committed it believes. */
export class JavaMember {
  readonly #process: GuardedProcess
  #output = ''

  private constructor(process: GuardedProcess) {
    this.#process = process
    process.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    process.child.stderr?.resume()
  }

  static async start({ topics, groupId, brokers, properties }: JavaMemberOptions): Promise<JavaMember> {
    const jars = [await toolsJars(), join(JARS, `kafka-${KAFKA_VERSION}`)].map((folder) => join(folder, '*'))
    const settings = { ...QUICK, 'client.id': 'java', 'auto.offset.reset': 'earliest', ...properties }
    const consumer = spawnGuarded(
      (await findJava()).command,
      [
        ...[...QUICK_START, '-cp', jars.join(':'), CONSOLE_CONSUMER],
        ...['--bootstrap-server', brokers.join(','), '--include', topics, '--group', groupId],
        ...Object.entries(settings).flatMap(([name, value]) => ['--consumer-property', `${name}=${value}`]),
      ],
      { output: 'pipe', graceSeconds: 10 },
    )
    const member = new JavaMember(consumer)
    running.add(member)
    return member
  }

  /** Values as text in the order of their arrival. */
  values(): string[] {
    return this.#output.split('\n').slice(0, -1)
  }

  /** It commits what it has printed and leaves the group. */
  async stop(): Promise<void> {
    await this.#process.stop()
    running.delete(this)
  }
}

/** For `afterEach`. */
export async function stopJavaMembers(): Promise<void> {
  await Promise.all([...running].map((member) => member.stop()))
}

/** The folder of the jar with Kafka's command line tools; Maven fetches it the first time. */
async function toolsJars(): Promise<string> {
  const folder = join(JARS, `kafka-tools-${KAFKA_VERSION}`)
  if (existsSync(folder)) return folder
  const unfinished = join(JARS, `unfinished-${process.pid}-kafka-tools-${KAFKA_VERSION}`)
  const artifact = `org.apache.kafka:kafka-tools:${KAFKA_VERSION}`
  await promisify(execFile)('mvn', [
    '--batch-mode',
    COPY,
    `-Dartifact=${artifact}`,
    `-DoutputDirectory=${unfinished}`,
  ])
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }))
  return folder
}
