import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ConsumerSettings } from './consumers/settings.ts'

export type Contestant = 'raw' | 'floor' | 'mapping'

/** A consumer as a process of its own, in a group of its own, and the lines that it prints. */
export class BenchConsumer {
  readonly #child: ChildProcess
  #rest = ''

  constructor(
    contestant: Contestant,
    settings: Omit<ConsumerSettings, 'groupId'>,
    onLine: (line: string) => void,
  ) {
    const file = fileURLToPath(new URL(`./consumers/${contestant}.ts`, import.meta.url))
    const all: ConsumerSettings = { ...settings, groupId: `${contestant}-${randomUUID()}` }
    this.#child = spawn(process.execPath, [file, JSON.stringify(all)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    })
  }

  /** Rejects when the process ends by itself. */
  get ended(): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the consumer ended with ${code}`)))
    })
  }

  /** The most memory that it had in use so far, in MB; undefined where the system does not tell. */
  peakMemoryMb(): number | undefined {
    try {
      const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1]
      return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024
    } catch {
      return undefined
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
