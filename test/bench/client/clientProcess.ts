// One client in a process of its own, which is told what to do. The other client is not even loaded.

import { orderRecord } from '../createOrder/orderRecord.ts'
import type { KafkaClient } from './kafkaClient.ts'

export type ClientName = 'kafkajs' | 'platformatic'

export interface ClientSettings {
  client: ClientName
  brokers: string
}

export type Task = { topic: string; records: number } & (
  | { kind: 'one by one'; untimed: number }
  | { kind: 'batches'; recordsACall: number }
  | { kind: 'drain' }
)

/** Of a value. */
const RECORD_BYTES = 150

const { client: name, brokers } = JSON.parse(process.argv[2] ?? '{}') as ClientSettings
const client: KafkaClient =
  name === 'kafkajs'
    ? await (await import('./kafkaJs.ts')).kafkaJs(brokers)
    : await (await import('./platformatic.ts')).platformatic(brokers)

process.on('message', async (task: Task) => {
  process.send?.(await milliseconds(task))
})
// Connections would keep it alive when whoever started it was killed.
process.once('disconnect', () => process.exit())
process.send?.('ready')

/** Of each record, of each call, or of the drain. */
async function milliseconds(task: Task): Promise<number[]> {
  switch (task.kind) {
    case 'one by one':
      return (await times(task.topic, task.records, () => [orderRecord()])).slice(task.untimed)
    case 'batches':
      return times(task.topic, task.records / task.recordsACall, () =>
        Array.from({ length: task.recordsACall }, () => {
          const { key, value } = orderRecord()
          return { key, value: value.padEnd(RECORD_BYTES), headers: {} }
        }),
      )
    case 'drain':
      return [await client.drain(task.topic, task.records)]
  }
}

async function times(
  topic: string,
  calls: number,
  recordsOf: () => Parameters<KafkaClient['send']>[1],
): Promise<number[]> {
  const all: number[] = []
  for (let call = 0; call < calls; call++) {
    const records = recordsOf()
    const sentAt = performance.now()
    await client.send(topic, records)
    all.push(performance.now() - sentAt)
  }
  return all
}
