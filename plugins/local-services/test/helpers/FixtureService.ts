import { appendFileSync, cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeFolder, temporaryFolder } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { ChildProgram } from './ChildProgram.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const SERVERLESS = join(ROOT, 'node_modules', 'serverless', 'bin', 'serverless.js')

/** A copy of the fixture's service with ports of its own, in which `serverless` can be run. */
export class FixtureService {
  readonly folder = temporaryFolder()
  readonly dataDir = join(this.folder, '.local', 'kafka')
  readonly dynamoDbDir = join(this.folder, '.local', 'dynamodb')
  readonly ports: { kafka: number; dynamoDb: number; http: number; lambda: number }
  readonly #programs: ChildProgram[] = []

  private constructor(ports: FixtureService['ports']) {
    this.ports = ports
    cpSync(fileURLToPath(new URL('../fixture', import.meta.url)), this.folder, { recursive: true })
    for (const name of ['plugins', 'node_modules']) symlinkSync(join(ROOT, name), join(this.folder, name))
  }

  static async create(): Promise<FixtureService> {
    const [kafka, dynamoDb] = [await freePort(), await freePort()]
    const [http, lambda] = [await freePort(), await freePort()]
    return new FixtureService({ kafka, dynamoDb, http, lambda })
  }

  /** Lets its resources declare a table, which starts a DynamoDB too. */
  declareTable(): void {
    const resources = readFileSync(new URL('../tables.yml', import.meta.url), 'utf8')
    appendFileSync(join(this.folder, 'serverless.yml'), resources)
  }

  get url(): string {
    return `http://localhost:${this.ports.http}`
  }

  /** Runs `serverless` with these arguments. Without `env` it knows no broker and no DynamoDB but those it starts. */
  serverless(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProgram {
    const { KAFKA_BROKERS: _, DYNAMODB_ENDPOINT: __, ...inherited } = process.env
    const program = new ChildProgram([SERVERLESS, ...args], {
      cwd: this.folder,
      env: {
        ...inherited,
        KAFKA_PORT: String(this.ports.kafka),
        DYNAMODB_PORT: String(this.ports.dynamoDb),
        ...env,
      },
    })
    this.#programs.push(program)
    return program
  }

  /** `serverless offline`, or another command that takes its ports. */
  offline(env: NodeJS.ProcessEnv = {}, command: readonly string[] = ['offline']): ChildProgram {
    const { http, lambda } = this.ports
    const options = ['--httpPort', String(http), '--lambdaPort', String(lambda)]
    return this.serverless([...command, ...options], env)
  }

  async remove(): Promise<void> {
    for (const program of this.#programs) {
      program.signal('SIGKILL')
      await program.exited
    }
    removeFolder(this.folder)
  }
}

/** The last thing that a start prints. */
export const READY = /Next: curl (\S+)\/brokers/
