import type { OutgoingRecord, RecordProducer } from '../../shared/kafka/producer.ts'
import type { LogFields, Logger } from '../../shared/logger.ts'
import type { Counts, Metrics } from '../../shared/metrics.ts'

/** A producer that keeps each call, or fails with `failure` when that is set. */
export class FakeProducer implements RecordProducer {
  readonly calls: OutgoingRecord[][] = []
  failure: Error | undefined

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    this.calls.push([...records])
    if (this.failure) throw this.failure
  }

  close(): void {}
}

/** Metrics that keep what they are told. */
export class FakeMetrics implements Metrics {
  readonly counted: { functionName: string; counts: Counts }[] = []

  count(functionName: string, counts: Counts): void {
    this.counted.push({ functionName, counts })
  }
}

/** A logger that keeps what it is told. */
export class FakeLogger implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields }[] = []
  info = this.#log('info')
  warn = this.#log('warn')
  error = this.#log('error')

  #log(level: string) {
    return (message: string, fields: LogFields = {}) => {
      this.lines.push({ level, message, fields })
    }
  }
}
