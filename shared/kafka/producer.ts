import type { Deadline } from '../deadline.ts'

/** A record to write. A null key spreads records over the partitions; equal keys share one. */
export interface OutgoingRecord {
  topic: string
  key: string | Buffer | null
  value: string | Buffer
  headers: Record<string, string>
}

/** What the functions need of a Kafka client. */
export interface RecordProducer {
  /**
   * Writes the records in one call, in their order within a partition. When it resolves, all in-sync replicas have
   * every record. When it rejects, records may have been written or not, and nothing of the call goes on.
   * @throws KafkaUnavailableError at the deadline at the latest, whatever the brokers do
   * @throws RecordRefusedError when the brokers refuse the records for good
   */
  send(records: readonly OutgoingRecord[], deadline: Deadline): Promise<void>
  /** Closes the connections at once. A later `send` opens new ones. */
  close(): void
}
