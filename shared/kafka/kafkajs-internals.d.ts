/** The internal modules of KafkaJS that are used here; KafkaJS is pinned and tests check that they are still as expected. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: {
    prototype: { pending: unknown[]; scheduleCheckPendingRequests: () => void }
  }
  export default RequestQueue
}

declare module 'kafkajs/src/protocol/encoder.js' {
  interface Encoder {
    buf: Buffer
    offset: number
    readonly buffer: Buffer
    ensureAvailable(bytes: number): void
    writeEncoder(other: Encoder): Encoder
    writeEncoderArray(others: readonly Encoder[]): Encoder
    writeUVarInt(value: number): Encoder
    writeVarInt(value: number): Encoder
    writeVarLong(value: number | bigint): Encoder
  }
  const Encoder: {
    new (): Encoder
    prototype: Encoder
    nextPowerOfTwo(value: number): number
    sizeOfVarInt(value: number): number
    sizeOfVarLong(value: number | bigint): number
  }
  export default Encoder
}

declare module 'kafkajs/src/protocol/requests/produce/v3/request.js' {
  interface Message {
    key: Buffer | string | null
    value: Buffer | string | null
    headers?: Record<string, Buffer | string | (Buffer | string)[]>
    timestamp?: number
  }
  const produceRequest: (content: {
    acks: number
    timeout: number
    topicData: { topic: string; partitions: { partition: number; messages: Message[] }[] }[]
  }) => { encode(): Promise<{ readonly buffer: Buffer }> }
  export default produceRequest
}
