import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'

const FIXTURE = fileURLToPath(new URL('../fixture/', import.meta.url))
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')

/** `serverless offline` on a service, the fixture unless told otherwise, as a child process. */
export class ServerlessOffline {
  readonly child: ChildProcess
  readonly exit: Promise<number | NodeJS.Signals>
  output = ''

  private constructor(child: ChildProcess) {
    this.child = child
    this.exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
  }

  /** `nodeOptions`: such as `--inspect`. */
  static async start(
    command: readonly string[],
    environment: NodeJS.ProcessEnv,
    { folder = FIXTURE, nodeOptions = [] }: { folder?: string; nodeOptions?: readonly string[] } = {},
  ): Promise<ServerlessOffline> {
    const parameters = [...command]
    for (const option of ['--httpPort', '--lambdaPort']) {
      if (!command.includes(option)) parameters.push(option, `${await freePort()}`)
    }
    const child = spawn(process.execPath, [...nodeOptions, SERVERLESS, ...parameters], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new ServerlessOffline(child)
  }

  /** Lines that hold `text`. */
  lines(text: string): string[] {
    return this.output.split('\n').filter((line) => line.includes(text))
  }

  async prints(text: string): Promise<void> {
    await waitFor(() => this.output.includes(text), { timeoutMs: 30_000, what: `"${text}"` }).catch(
      (error) => {
        throw new Error(`${error.message} in:\n${this.output}`)
      },
    )
  }

  /** For `afterEach`: nothing is left behind. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exit
  }
}
