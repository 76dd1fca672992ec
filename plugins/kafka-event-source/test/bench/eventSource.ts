import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../../../../test/bench/bench.ts'
import { median, percentile, ratios } from '../../../../test/bench/statistics.ts'
import { TestCluster } from '../helpers/topics.ts'
import { BenchConsumer, type Contestant } from './consumer.ts'
import { drain } from './drain.ts'
import { ordersTopic } from './ordersTopic.ts'

const PARTITIONS = 6
const RECORDS = 200_000
const PAIRS = 2
const LATENCY_RECORDS = 200
const LATENCY_PAUSE_MS = 50

/** The plugin's mapping against the same handler in a KafkaJS loop (the floor) and KafkaJS alone (raw). */
export const eventSource: Bench = async ({ brokers, table, quick }) => {
  const cluster = await TestCluster.connect(brokers)
  const pairs = quick ? 2 : PAIRS
  const records = quick ? 100_000 : RECORDS
  const topic = await ordersTopic(cluster, { partitions: PARTITIONS, records })

  for (const handler of ['quiet', 'printing'] as const) {
    for (const batchSize of handler === 'quiet' ? [100, 1_000] : [100]) {
      const drained: Record<Contestant, number[]> = { raw: [], floor: [], mapping: [] }
      for (let pair = 0; pair < pairs; pair += 1) {
        // In turn, and each second pair the other way round: what changes on the machine meanwhile hits both.
        const order: Contestant[] = pair % 2 === 0 ? ['floor', 'mapping'] : ['mapping', 'floor']
        if (pair === 0 && handler === 'quiet') order.unshift('raw')
        for (const contestant of order) {
          const { perSecond } = await drain(contestant, { brokers, topic, records, batchSize, handler })
          drained[contestant].push(perSecond)
        }
      }
      const ratio = ratios(drained.mapping, drained.floor)
      const toReach = batchSize === 100 || handler === 'printing' ? 0.8 : 0.9
      table.row({
        what: `drain ${records} records, batch ${batchSize}, handler ${handler === 'quiet' ? 'silent' : 'prints each'}`,
        unit: 'records/s',
        contestants: {
          ...(drained.raw.length > 0 && { 'KafkaJS alone': drained.raw }),
          'KafkaJS and the handler': drained.floor,
          mapping: drained.mapping,
        },
        ratio,
        goal: { text: `at least ${toReach}`, reached: median(ratio) >= toReach },
      })
    }
  }

  const latencies = {
    raw: await latency(cluster, 'raw', quick),
    mapping: await latency(cluster, 'mapping', quick),
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [raw, mapping] = [percentile(latencies.raw, share), percentile(latencies.mapping, share)]
    table.row({
      what: `produce to handler at 20 records/s, window 0, ${name}`,
      unit: 'ms',
      contestants: { 'KafkaJS alone': [raw], mapping: [mapping] },
      ratio: [mapping / raw],
      goal:
        name === 'p50'
          ? { text: 'at most 1 ms more', reached: mapping <= raw + 1 }
          : { text: 'at most 2', reached: mapping <= 2 * raw },
    })
  }

  const memory: Partial<Record<Contestant, number>> = {}
  for (const contestant of ['raw', 'mapping'] as const) {
    const drained = await drain(contestant, {
      brokers,
      topic,
      records,
      batchSize: 100,
      handler: 'quiet',
    })
    memory[contestant] = drained.peakMemoryMb ?? Number.NaN
  }
  const { raw = Number.NaN, mapping = Number.NaN } = memory
  table.row({
    what: `most memory while draining ${records} records`,
    unit: 'MB',
    contestants: { 'KafkaJS alone': [raw], mapping: [mapping] },
    goal: { text: 'at most 300 MB more', reached: mapping <= raw + 300 },
  })
  await cluster.close()
}

/** Milliseconds from the making of each record to the handler. */
async function latency(cluster: TestCluster, contestant: Contestant, quick: boolean): Promise<number[]> {
  const topic = await cluster.topic(PARTITIONS)
  const seen: number[] = []
  const consumer = new BenchConsumer(
    contestant,
    { brokers: cluster.brokers.join(','), topic, batchSize: 100, handler: 'latency' },
    (line) => seen.push(Number(line)),
  )
  const produce = async (partition: number) =>
    cluster.produce(
      topic,
      [JSON.stringify({ sentAt: performance.timeOrigin + performance.now() })],
      partition,
    )
  try {
    // Until it reads: the first ones count for nothing.
    while (seen.length < 50) await Promise.all([produce(0), sleep(LATENCY_PAUSE_MS)])
    seen.length = 0
    const records = quick ? 100 : LATENCY_RECORDS
    for (let index = 0; index < records; index += 1) {
      await Promise.all([produce(index % PARTITIONS), sleep(LATENCY_PAUSE_MS)])
    }
    while (seen.length < records) await Promise.race([sleep(10), consumer.ended])
    return seen
  } finally {
    consumer.kill()
  }
}
