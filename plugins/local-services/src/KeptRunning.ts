import type { ExitStatus } from './guardedProcess.ts'

const RESTARTS = 3
const WITHIN_MS = 60_000

/** A started service: a process of its own. */
export interface Running {
  /** Where clients reach it. */
  address: string
  pid: number
  logFile: string
  /** Resolves when it is gone, for whatever reason. Never rejects. */
  exited: Promise<ExitStatus>
  stop(): Promise<void>
  kill(): void
}

export interface KeptRunningOptions<Service extends Running> {
  /** For a person: `Kafka`. */
  name: string
  /** Starts it, each time on the same port and data; the signal ends a start that is under way. */
  start(signal: AbortSignal): Promise<Service>
  notice(line: string): void
  warning(line: string): void
  /** It died and cannot be brought back. */
  onLost(message: string): void
}

/**
 * A service of a running system: when its process dies, it is started again on the same port and data, and clients
 * connect again by themselves.
 */
export class KeptRunning<Service extends Running> {
  readonly #options: KeptRunningOptions<Service>
  readonly #stopping = new AbortController()
  #service: Service | undefined
  #starting: Promise<Service> | undefined
  #restarts: number[] = []

  constructor(options: KeptRunningOptions<Service>) {
    this.#options = options
  }

  /** @throws as the service's start does */
  async start(): Promise<Service> {
    this.#starting = this.#options.start(this.#stopping.signal)
    const service = await this.#starting
    this.#service = service
    service.exited.then(({ code, signal }) => this.#ended(service, signal ?? `exit code ${code}`))
    return service
  }

  /** Orderly, also while it is starting. Resolves when nothing is left. Twice is harmless. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#starting?.catch(() => {})
    await this.#service?.stop()
  }

  /** At once. */
  kill(): void {
    this.#stopping.abort()
    this.#service?.kill()
  }

  async #ended(service: Service, how: string): Promise<void> {
    if (this.#stopping.signal.aborted) return
    const { name, notice, warning, onLost } = this.#options
    const fact = `The local ${name} (pid ${service.pid}) has ended by itself (${how}); its log: ${service.logFile}`
    this.#restarts = [...this.#restarts.filter((at) => at > Date.now() - WITHIN_MS), Date.now()]
    if (this.#restarts.length > RESTARTS) {
      onLost(`${fact}\nIt was started again ${RESTARTS} times within a minute, in vain.`)
      return
    }
    warning(`${fact}.previous. Starting it again …`)
    try {
      const { pid, address } = await this.start()
      notice(`${name} is back on ${address} (pid ${pid})`)
    } catch (error) {
      if (!this.#stopping.signal.aborted) onLost((error as Error).message)
    }
  }
}
