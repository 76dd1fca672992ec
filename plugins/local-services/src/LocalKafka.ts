import { type KafkaBroker, type KafkaBrokerOptions, startKafkaBroker } from './kafkaBroker.ts'

const RESTARTS = 3
const WITHIN_MS = 60_000

export interface LocalKafkaEvents {
  notice(line: string): void
  warning(line: string): void
  /** The broker died and cannot be brought back. */
  onLost(message: string): void
}

/**
 * The broker of a running system: when its process dies, it is started again on the same port and data, and clients
 * connect again by themselves.
 */
export class LocalKafka {
  readonly #options: Omit<KafkaBrokerOptions, 'signal' | 'log'>
  readonly #events: LocalKafkaEvents
  readonly #stopping = new AbortController()
  #broker: KafkaBroker | undefined
  #starting: Promise<KafkaBroker> | undefined
  #restarts: number[] = []

  constructor(options: Omit<KafkaBrokerOptions, 'signal' | 'log'>, events: LocalKafkaEvents) {
    this.#options = options
    this.#events = events
  }

  /** @throws as startKafkaBroker does */
  async start(): Promise<KafkaBroker> {
    this.#starting = startKafkaBroker({
      ...this.#options,
      log: (line) => this.#events.notice(line),
      signal: this.#stopping.signal,
    })
    const broker = await this.#starting
    this.#broker = broker
    broker.exited.then(({ code, signal }) => this.#ended(broker, signal ?? `exit code ${code}`))
    return broker
  }

  /** Orderly, also while it is starting. Resolves when nothing is left. Twice is harmless. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#starting?.catch(() => {})
    await this.#broker?.stop()
  }

  /** At once. */
  kill(): void {
    this.#stopping.abort()
    this.#broker?.kill()
  }

  async #ended(broker: KafkaBroker, how: string): Promise<void> {
    if (this.#stopping.signal.aborted) return
    const fact = `The local Kafka (pid ${broker.pid}) has ended by itself (${how}); its log: ${broker.logFile}`
    this.#restarts = [...this.#restarts.filter((at) => at > Date.now() - WITHIN_MS), Date.now()]
    if (this.#restarts.length > RESTARTS) {
      this.#events.onLost(`${fact}\nIt was started again ${RESTARTS} times within a minute, in vain.`)
      return
    }
    this.#events.warning(`${fact}.previous. Starting it again …`)
    try {
      const { pid, brokers } = await this.start()
      this.#events.notice(`Kafka is back on ${brokers} (pid ${pid})`)
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#events.onLost((error as Error).message)
    }
  }
}
