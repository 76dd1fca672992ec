import { type ChildProcess, type IOType, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const GUARDIAN = fileURLToPath(new URL('guardian.sh', import.meta.url))

/** How a process ended: its exit code, or the signal that ended it. */
export interface ExitStatus {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface GuardedProcess {
  /** Of the command itself, which also leads the process group. */
  pid: number
  child: ChildProcess
  /** Resolves when the process and everything in its group is gone. Never rejects. */
  exited: Promise<ExitStatus>
  /** SIGTERM, and SIGKILL after the grace. Resolves when it is gone. Twice is harmless. */
  stop(): Promise<void>
  /** SIGKILL for the whole group, at once. */
  kill(): void
}

export interface GuardedOptions {
  /** Where the output goes: 'pipe', or an open file's descriptor. */
  output: IOType | number
  /** How long the process may take to end after SIGTERM, in seconds. */
  graceSeconds: number
  env?: NodeJS.ProcessEnv
  /** Default: this process's. */
  cwd?: string
}

/**
 * Starts a process in a group of its own, out of reach of the terminal's Ctrl-C, that ends by itself when this
 * process dies (see guardian.sh). A command that does not exist ends with code 127.
 */
export function spawnGuarded(
  command: string,
  args: readonly string[],
  { output, graceSeconds, env = process.env, cwd = process.cwd() }: GuardedOptions,
): GuardedProcess {
  const child = spawn('/bin/sh', [GUARDIAN, String(graceSeconds), command, ...args], {
    detached: true,
    stdio: ['pipe', output, output],
    env,
    cwd,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`Could not start ${command}: no process could be made`)
  // The watcher never reads anything but the end; a pipe that broke with it is no news.
  child.stdin?.on('error', () => {})

  let gone = false
  const signalGroup = (signal: NodeJS.Signals) => {
    if (gone) return
    try {
      process.kill(-pid, signal)
    } catch {
      // ESRCH: the whole group has ended between two looks.
    }
  }
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (code, signal) => {
      // Nothing of the group is worth keeping without the command, the watcher included.
      signalGroup('SIGKILL')
      gone = true
      child.stdin?.destroy()
      resolve({ code, signal })
    })
  })

  return {
    pid,
    child,
    exited,
    async stop() {
      signalGroup('SIGTERM')
      const tooLong = setTimeout(() => signalGroup('SIGKILL'), graceSeconds * 1000)
      await exited
      clearTimeout(tooLong)
    },
    kill: () => signalGroup('SIGKILL'),
  }
}
