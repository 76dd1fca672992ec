import { BenchConsumer, type Contestant } from './consumer.ts'
import type { ConsumerSettings } from './consumers/settings.ts'

interface Drain extends Omit<ConsumerSettings, 'groupId'> {
  /** So many are on the topic. */
  readonly records: number
}

/** A contestant reads a topic that was filled before: how fast, from the first batch that was handled to the last. */
export async function drain(
  contestant: Contestant,
  { records, ...settings }: Drain,
): Promise<{ perSecond: number; peakMemoryMb: number | undefined }> {
  const done = Promise.withResolvers<void>()
  let first: { at: number; count: number } | undefined
  let count = 0
  let last = 0
  const consumer = new BenchConsumer(contestant, settings, (line) => {
    count += Number.parseInt(line, 10)
    last = performance.now()
    first ??= { at: last, count }
    if (count >= records) done.resolve()
  })
  try {
    await Promise.race([done.promise, consumer.ended])
    const { at, count: before } = first ?? { at: 0, count: 0 }
    return { perSecond: (count - before) / ((last - at) / 1_000), peakMemoryMb: consumer.peakMemoryMb() }
  } finally {
    consumer.kill()
  }
}
