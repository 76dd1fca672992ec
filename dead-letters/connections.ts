import type { Kafka } from 'kafkajs'
import { Letters } from './letters.ts'
import { Originals } from './originals.ts'
import { RecordWriter } from './recordWriter.ts'
import type { Replays } from './replays.ts'

/** What the commands work with. */
export interface Connections {
  letters: Letters
  originals: Originals
  writer: RecordWriter
  /** @throws {Error} there is no table to be found; the message says what to set */
  replays(): Promise<Pick<Replays, 'of' | 'remember'>>
}

/** Those of one run of a command, to be closed after it. */
export async function withConnections<T>(
  kafka: Kafka,
  topic: string,
  replays: Connections['replays'],
  use: (connections: Connections) => Promise<T>,
): Promise<T> {
  const letters = new Letters(kafka, topic)
  const originals = new Originals(kafka)
  const writer = new RecordWriter(kafka)
  try {
    return await use({ letters, originals, writer, replays })
  } finally {
    await Promise.allSettled([letters.close(), originals.close(), writer.close()])
  }
}
