/** A record for an event: its value as text, an object to be written as JSON, raw bytes, or null for a tombstone. */
export interface RecordContent {
  value: string | object | Uint8Array | null
  key?: string | null
  headers?: [name: string, value: string][]
}

/** An MSK event from contents by `topic-partition`; offsets count from `firstOffset`. */
export function kafkaEvent(contents: Record<string, RecordContent[]>, firstOffset = 0) {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/test/0-0',
    bootstrapServers: '127.0.0.1:9092',
    records: Object.fromEntries(
      Object.entries(contents).map(([topicPartition, records]) => [
        topicPartition,
        records.map((content, index) => rawRecord(topicPartition, firstOffset + index, content)),
      ]),
    ),
  }
}

function rawRecord(topicPartition: string, offset: number, { value, key, headers = [] }: RecordContent) {
  const dash = topicPartition.lastIndexOf('-')
  return {
    topic: topicPartition.slice(0, dash),
    partition: Number(topicPartition.slice(dash + 1)),
    offset,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    ...(key === undefined ? {} : { key: key === null ? null : base64(key) }),
    value: value === null ? null : base64(value),
    headers: headers.map(([name, text]) => ({ [name]: [...new Int8Array(Buffer.from(text))] })),
  }
}

function base64(content: string | object | Uint8Array): string {
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64')
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64')
}
