import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface WorkProcessOptions {
  /** Its one argument, as JSON. */
  settings: object
  env: NodeJS.ProcessEnv
  /** Of Node. */
  options?: readonly string[]
  /** Where what it prints goes: to /dev/null, or through a pipe to here, where nobody looks at it. */
  output?: 'ignore' | 'pipe'
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * A program of the benchmark as a process of its own, that does work when it is asked to: it sends a message when it is ready,
 * and one for each piece of work. Ends with this one.
 */
export class WorkProcess<Work extends object, Done> {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>

  private constructor(program: URL, { settings, env, options = [], output = 'ignore' }: WorkProcessOptions) {
    this.#child = fork(fileURLToPath(program), [JSON.stringify(settings)], {
      stdio: ['ignore', output, 'inherit', 'ipc'],
      execArgv: [...options],
      env: { PATH: process.env.PATH, ...env },
    })
    this.#child.stdout?.resume()
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => {
      throw new Error(`${fileURLToPath(program)} ended with ${signal ?? code}`)
    })
    this.#ended.catch(() => {})
    running.add(this.#child)
  }

  /** Resolves when it can be given work. */
  static async start<Work extends object, Done>(
    program: URL,
    options: WorkProcessOptions,
  ): Promise<WorkProcess<Work, Done>> {
    const started = new WorkProcess<Work, Done>(program, options)
    await started.#next()
    return started
  }

  async work(work: Work): Promise<Done> {
    const done = this.#next()
    this.#child.send(work)
    return await done
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    running.delete(this.#child)
    await this.#ended.catch(() => {})
  }

  async #next(): Promise<Done> {
    const [message] = await Promise.race([once(this.#child, 'message'), this.#ended])
    return message
  }
}
