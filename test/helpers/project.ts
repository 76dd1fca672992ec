import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { removeFolder, temporaryFolder } from './broker.ts'
import { freePort } from './freePort.ts'
import { waitFor } from './waitFor.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** A copy of the project with data of its own; its packages and Kafka's jars are those of the project. */
export interface ProjectCopy {
  readonly folder: string
  remove(): void
}

export function copyProject(): ProjectCopy {
  const folder = temporaryFolder()
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of files.split('\0').filter((name) => name !== '' && !name.startsWith('test/'))) {
    // Listed until its deletion is committed.
    if (!existsSync(path.join(root, file))) continue
    cpSync(path.join(root, file), path.join(folder, file), { recursive: true })
  }
  mkdirSync(path.join(folder, '.local'))
  mkdirSync(path.join(root, '.local/jars'), { recursive: true })
  symlinkSync(path.join(root, '.local/jars'), path.join(folder, '.local/jars'))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  return { folder, remove: () => removeFolder(folder) }
}

/** `serverless offline`, running. */
export interface Offline {
  readonly url: string
  readonly pid: number
  /** What it has printed so far, line by line, both streams. */
  readonly lines: readonly string[]
  /** What of it went to stderr. */
  readonly errorText: string
  /**
   * Sends the signal to the whole process group, as a terminal does, and resolves when all its processes have let go
   * of the output. The exit code is npm's, which passes on the signal that ended its shell.
   */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  readonly exited: Promise<number | null>
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>
}

export interface OfflineOptions {
  folder: string
  command?: [string, ...string[]]
  env?: NodeJS.ProcessEnv
  httpPort?: number
  /** Hears of each line that it prints, at that moment. */
  onLine?: (line: string) => void
}

/** Starts it on free ports, in a process group of its own; resolves when it says what to do next. */
export async function startOffline(options: OfflineOptions): Promise<Offline> {
  const offline = await spawnOffline(options)
  const failed = offline.exited.then((code) => {
    throw new Error(`serverless offline ended with ${code}:\n${offline.lines.join('\n')}`)
  })
  await Promise.race([offline.waitForLine(/^ {2}curl /, 120_000), failed])
  return offline
}

/** The same without waiting. */
export async function spawnOffline({
  folder,
  command = ['npm', 'start', '--silent', '--'],
  env = {},
  httpPort,
  onLine = () => {},
}: OfflineOptions): Promise<Offline> {
  const port = httpPort ?? (await freePort())
  const [program, ...args] = command
  const child = spawn(
    program,
    [...args, '--httpPort', String(port), '--lambdaPort', String(await freePort())],
    {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        KAFKA_PORT: String(await freePort()),
        DYNAMODB_PORT: String(await freePort()),
        ...env,
      },
    },
  )
  const { lines, errors } = collectOutput(child, onLine)
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  const pid = child.pid as number
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
  const killAtOnce = () => signalGroup('SIGKILL')
  process.once('exit', killAtOnce)
  void exited.then(() => process.off('exit', killAtOnce))
  return {
    url: `http://127.0.0.1:${port}`,
    pid,
    lines,
    get errorText() {
      return errors.join('')
    },
    exited,
    async stop(signal = 'SIGINT') {
      signalGroup(signal)
      return exited
    },
    waitForLine: (pattern, timeoutMs = 15_000) =>
      waitFor(() => lines.find((line) => pattern.test(line)), { timeoutMs, what: `a line ${pattern}` }),
  }
}

function collectOutput(
  { stdout, stderr }: ChildProcess,
  onLine: (line: string) => void,
): { lines: string[]; errors: string[] } {
  const lines: string[] = []
  const errors: string[] = []
  for (const stream of [stdout, stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (stream === stderr) errors.push(text)
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
      parts.forEach(onLine)
    })
    stream?.on('end', () => {
      if (rest !== '') lines.push(rest)
    })
  }
  return { lines, errors }
}

/** What a command printed and how it ended. */
export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command of the project to its end; it must end by itself. */
export async function runCommand(
  folder: string,
  [program, ...args]: [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}
