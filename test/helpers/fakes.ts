import type { OutgoingRecord, RecordProducer } from '../../shared/kafka/producer.ts'
import type { LogFields, Logger } from '../../shared/logger.ts'
import type { Counts, Metrics } from '../../shared/metrics.ts'
import type { Claim, Outcome, OutcomesTable } from '../../shared/outcomes/outcomesTable.ts'
import type { Subject } from '../../shared/outcomes/subject.ts'

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

/** A table of outcomes in memory, which follows the rules of the one in DynamoDB; or fails with `failure` when that is set. */
export class FakeOutcomes implements OutcomesTable {
  readonly items = new Map<string, Outcome & { claim: Claim | undefined }>()
  failure: Error | undefined
  writes = 0

  async claim({ id, content, states }: Subject, claim: Claim): Promise<Outcome | undefined> {
    this.#write()
    const item = this.items.get(id)
    const free =
      item === undefined ||
      (item.content === content &&
        item.state === states.begun &&
        (item.claim?.owner === claim.owner || (item.claim?.until ?? 0) < Date.now()))
    if (!free) return item
    this.items.set(id, { content, state: states.begun, reason: undefined, claim })
    return undefined
  }

  async recordDone({ id, content, states }: Subject): Promise<void> {
    this.#write()
    this.items.set(id, { content, state: states.done, reason: undefined, claim: undefined })
  }

  async recordRefused({ id, content, states }: Subject, reason: string): Promise<void> {
    this.#write()
    if (this.items.get(id)?.state === states.done) return
    this.items.set(id, { content, state: states.refused, reason, claim: undefined })
  }

  #write(): void {
    this.writes++
    if (this.failure) throw this.failure
  }
}
