import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drain } from '../../plugins/kafka-event-source/test/bench/drain.ts'
import { ordersTopic } from '../../plugins/kafka-event-source/test/bench/ordersTopic.ts'
import { TestCluster } from '../../plugins/kafka-event-source/test/helpers/topics.ts'
import type { Bench } from './bench.ts'
import { type PlotPanel, plotSvg } from './plot.ts'
import { ratios } from './statistics.ts'

interface Point {
  readonly partitions: number
  readonly batchSize: number
  /** Of a record's value. */
  readonly recordBytes: number
}
type Dimension = keyof Point

/** Records a second, round by round. */
interface Measured extends Point {
  readonly raw: number[]
  readonly mapping: number[]
}

/** What the other dimensions are while one grows. */
const USUAL: Point = { partitions: 12, batchSize: 100, recordBytes: 150 }
const GROWING: Readonly<Record<Dimension, readonly number[]>> = {
  partitions: [1, 3, 12, 48],
  batchSize: [1, 100, 1_000, 10_000],
  recordBytes: [150, 10_000, 900_000],
}

/** So many small records are on a topic; of large ones, as many as have BYTES together. */
const RECORDS = 100_000
const BYTES = 100_000_000
/** One at a time, the mapping would take a minute for all of them. */
const RECORDS_ONE_BY_ONE = 10_000
const ROUNDS = 2
/** Of a value in an event of 6 MB, which carries it as base64. */
const EVENT_BYTES = 6_291_456 * 0.75

/**
 * How fast the local mapping empties a topic as partitions, batches and records grow, one of them at a time, against a KafkaJS
 * consumer that parses each record and has no function. The mapping's function parses and checks each record and does nothing
 * else; that its environments start meanwhile is in the figures. Draws docs/performance-growth.svg where plots are wanted.
 */
export const growth: Bench = async ({ brokers, table, quick, plotsFolder }) => {
  const cluster = await TestCluster.connect(brokers)
  const share = quick ? 0.25 : 1
  const topics = new Map<string, Promise<string>>()
  const filled = (records: number, { partitions, recordBytes }: Point): Promise<string> => {
    const key = [records, partitions, recordBytes].join()
    const topic = topics.get(key) ?? ordersTopic(cluster, { partitions, records, recordBytes })
    topics.set(key, topic)
    return topic
  }

  const all: Measured[] = []
  try {
    for (const point of points()) {
      const { partitions, batchSize, recordBytes } = point
      const most = Math.round(Math.min(RECORDS, BYTES / recordBytes) * share)
      const records = { raw: most, mapping: batchSize === 1 ? RECORDS_ONE_BY_ONE * share : most }
      const topic = { raw: await filled(records.raw, point), mapping: await filled(records.mapping, point) }

      const measured: Measured = { ...point, raw: [], mapping: [] }
      for (let round = 0; round < (quick ? 1 : ROUNDS); round += 1) {
        const order = ['raw', 'mapping'] as const
        // In turn, and each second round the other way round: what changes on the machine meanwhile hits both.
        for (const contestant of round % 2 === 0 ? order : order.toReversed()) {
          const { perSecond } = await drain(contestant, {
            ...{ brokers, batchSize, handler: 'quiet', topic: topic[contestant] },
            records: records[contestant],
          })
          measured[contestant].push(perSecond)
        }
      }
      all.push(measured)
      table.row({
        what: `drain, partitions ${partitions}, batch ${batchSize}, records of ${sizeText(recordBytes)}`,
        unit: 'records/s',
        contestants: { 'KafkaJS alone': measured.raw, mapping: measured.mapping },
        ratio: ratios(measured.mapping, measured.raw),
        ...(batchSize * recordBytes > EVENT_BYTES && { note: 'an event ends at 6 MB: batches are smaller' }),
      })
    }
  } finally {
    await cluster.close()
  }

  if (plotsFolder !== undefined) {
    const file = join(plotsFolder, 'performance-growth.svg')
    writeFileSync(file, growthPlot(all))
    table.say(`drawn: ${file}`)
  }
}

/** Each once. */
function points(): Point[] {
  const dimensions = ['partitions', 'batchSize', 'recordBytes'] as const
  const all = dimensions.flatMap((dimension) =>
    GROWING[dimension].map((value): Point => ({ ...USUAL, [dimension]: value })),
  )
  return all
    .filter((point, index) => all.findIndex((other) => same(point, other)) === index)
    .sort((a, b) => a.recordBytes - b.recordBytes || a.partitions - b.partitions || a.batchSize - b.batchSize)
}

const same = (a: Point, b: Point): boolean =>
  a.partitions === b.partitions && a.batchSize === b.batchSize && a.recordBytes === b.recordBytes

function growthPlot(all: readonly Measured[]): string {
  const { partitions, batchSize, recordBytes } = USUAL
  const along = (dimension: Dimension, name: string, contestant: 'raw' | 'mapping') => ({
    name,
    points: GROWING[dimension].map((at) => {
      const point = { ...USUAL, [dimension]: at }
      return { at, values: all.find((measured) => same(measured, point))?.[contestant] ?? [] }
    }),
  })
  const panel = (dimension: Dimension, look: Omit<PlotPanel, 'series'>): PlotPanel => ({
    ...look,
    series: [along(dimension, 'KafkaJS alone', 'raw'), along(dimension, 'local mapping', 'mapping')],
  })
  const number = (value: number): string => value.toLocaleString('en')
  const logarithmic = { label: 'records/s', scale: 'log' } as const
  return plotSvg({
    title: 'How fast a topic is drained',
    panels: [
      panel('partitions', {
        title: `batch ${batchSize}, records of ${sizeText(recordBytes)}`,
        x: { label: 'partitions', scale: 'log', text: number },
        y: { label: 'records/s', scale: 'linear' },
      }),
      panel('batchSize', {
        title: `${partitions} partitions, records of ${sizeText(recordBytes)}`,
        x: { label: 'batch size (records)', scale: 'log', text: number },
        y: logarithmic,
      }),
      panel('recordBytes', {
        title: `${partitions} partitions, batch ${batchSize}`,
        x: { label: 'size of a record', scale: 'log', text: sizeText },
        y: logarithmic,
      }),
    ],
  })
}

const sizeText = (bytes: number): string => (bytes < 1_000 ? `${bytes} B` : `${bytes / 1_000} kB`)
