import type net from 'node:net'
import { type ISocketFactory, Kafka, logLevel, type Producer } from 'kafkajs'
import type { ConnectionSecurity } from './authentication/index.ts'
import { encodeQuickly } from './kafkaJsEncoder.ts'
import { kafkaJsSocket } from './kafkaJsSocket.ts'
import { stopIdleTimers } from './kafkaJsTimers.ts'
import { keyPartitioner } from './keyPartitioner.ts'
import type { OutgoingRecord } from './producer.ts'

encodeQuickly()
stopIdleTimers()

export interface ConnectionOptions {
  brokers: string[]
  clientId: string
  security: ConnectionSecurity
  /** For connecting and for each request, in milliseconds. */
  timeoutMs: number
}

/**
 * One KafkaJS producer with its sockets. It makes a single attempt at everything and can be cut off, which KafkaJS
 * itself cannot: its `disconnect` waits for the requests that are under way.
 */
export class ProducerConnection {
  readonly #sockets = new Set<net.Socket>()
  readonly #producer: Producer
  #connecting: Promise<void> | undefined
  #cut: Error | undefined

  constructor({ brokers, clientId, security, timeoutMs }: ConnectionOptions) {
    const kafka = new Kafka({
      brokers,
      clientId,
      ...security,
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      authenticationTimeout: timeoutMs,
      retry: { retries: 0 },
      socketFactory: this.#openSocket,
      // Failures reach the caller as errors, which say the same once and in context.
      logLevel: logLevel.NOTHING,
    })
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: keyPartitioner,
      // Not idempotent: after a failed send KafkaJS would give the next record the sequence number of the failed one,
      // and a broker that had written that one would acknowledge the next without writing it.
      idempotent: false,
      retry: { retries: 0 },
    })
  }

  async connect(): Promise<void> {
    this.#connecting ??= this.#producer.connect()
    await this.#connecting
  }

  async send(records: readonly OutgoingRecord[], timeoutMs: number): Promise<void> {
    await this.connect()
    const byTopic = Map.groupBy(records, ({ topic }) => topic)
    const topicMessages = [...byTopic].map(([topic, ofTopic]) => ({
      topic,
      messages: ofTopic.map(({ key, value, headers }) => ({ key, value, headers })),
    }))
    await this.#producer.sendBatch({ topicMessages, acks: -1, timeout: Math.max(1, Math.ceil(timeoutMs)) })
  }

  /** Ends every socket at once and lets no new one open, so that nothing of an abandoned send goes on. */
  cut(): void {
    this.#cut ??= new Error('the connection was given up')
    for (const socket of this.#sockets) socket.destroy(this.#cut)
  }

  #openSocket: ISocketFactory = (options) => {
    if (this.#cut) throw this.#cut
    const socket = kafkaJsSocket(options)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }
}
