import type { OutgoingRecord, RecordProducer } from '../../shared/kafka/producer.ts'
import type { LogFields, Logger } from '../../shared/logger.ts'

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
