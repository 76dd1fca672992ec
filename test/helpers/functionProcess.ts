import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'

const MAIN = path.join(import.meta.dirname, 'functionProcess.main.ts')
const ROOT = path.resolve(import.meta.dirname, '../..')

/** A function in a process of its own, which can be killed and stopped as Lambda's execution environments can. */
export interface FunctionProcess {
  readonly process: ChildProcess
  /** What it has printed so far, both streams. */
  readonly lines: readonly string[]
  /** @throws Error when the handler throws, or the process ends before it answers */
  invoke(event: unknown, timeoutMs?: number): Promise<unknown>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

/** @param functionName its folder in functions/ */
export async function startFunction(functionName: string, env: NodeJS.ProcessEnv): Promise<FunctionProcess> {
  const child = fork(MAIN, [path.join(ROOT, `functions/${functionName}/handler.ts`)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, ...env },
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)))
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ended = exited.then(() => {
    throw new Error(`the function's process has ended:\n${lines.join('\n')}`)
  })
  ended.catch(() => undefined)
  await Promise.race([once(child, 'message'), ended])
  return {
    process: child,
    lines,
    async invoke(event, timeoutMs = 60_000) {
      const answered = once(child, 'message')
      child.send({ event, timeoutMs, requestId: randomUUID() })
      const [message] = await Promise.race([answered, ended])
      if ('failure' in message) throw new Error(message.failure)
      return message.answer
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
