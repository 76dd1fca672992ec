import type { Log } from '../serverless/serverless.ts'
import type { Cluster } from './kafkaClient.ts'

/** Says once that the cluster is away and once that it is back, however many mappings and connections notice it. */
export class ClusterHealth {
  readonly #brokers: string
  readonly #log: Log
  #away = false

  constructor({ brokers }: Pick<Cluster, 'brokers'>, log: Log) {
    this.#brokers = brokers.join(',')
    this.#log = log
  }

  away(): void {
    if (this.#away) return
    this.#away = true
    this.#log.warning(`Kafka at ${this.#brokers} does not answer; the mappings go on as soon as it does`)
  }

  back(): void {
    if (!this.#away) return
    this.#away = false
    this.#log.notice(`Kafka at ${this.#brokers} is back`)
  }
}
