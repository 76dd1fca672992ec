import { testKafka } from '../helpers/topics.ts'
import type { BenchTable } from './BenchTable.ts'
import { type BatchProcess, startBatches } from './batches/startBatches.ts'
import type { Bench } from './bench.ts'

const RECORDS = 1_000_000
/** As serverless.yml has it. */
const BATCH_SIZE = 100
/** The memory is looked at after so many records, when garbage was collected. */
const SAMPLE_RECORDS = 50_000
/** After so many it is to stay as it is. */
const SETTLED_RECORDS = 100_000
const MOST_GROWTH_MB = 5
const MB = 2 ** 20

/** Many records through payment and notification: their memory is to stay as it is. */
export const memory: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  await kafka.createTopic('order_status')
  const records = quick ? SAMPLE_RECORDS : RECORDS
  const contestants = ['payment', 'notification'] as const
  const running = await Promise.all(
    contestants.map(async (contestant) =>
      started.adopt(await startBatches({ contestant, brokers, collects: true }), (process) =>
        process.close(),
      ),
    ),
  )
  // Side by side: it is not about time.
  const samples = await Promise.all(running.map((process) => samplesOf(process, records, quick)))
  for (const [index, contestant] of contestants.entries()) {
    rowsOf(table, contestant, samples[index] ?? [])
  }
}

interface Sample {
  records: number
  heapMb: number
  rssMb: number
}

async function samplesOf(process: BatchProcess, records: number, quick: boolean): Promise<Sample[]> {
  const samples: Sample[] = []
  const each = quick ? SAMPLE_RECORDS / 10 : SAMPLE_RECORDS
  for (let done = each; done <= records; done += each) {
    const { memory } = await process.work({ events: each / BATCH_SIZE, records: BATCH_SIZE })
    samples.push({ records: done, heapMb: memory.heap / MB, rssMb: memory.rss / MB })
  }
  return samples
}

function rowsOf(table: BenchTable, contestant: string, samples: readonly Sample[]): void {
  const all = samples.at(-1)?.records ?? 0
  const settledAt = Math.min(SETTLED_RECORDS, all / 2)
  const settled = samples.filter(({ records }) => records === settledAt)
  const last = samples.filter(({ records }) => records > 0.9 * all)
  for (const [name, of, note] of [
    [
      'heap and buffers',
      'heapMb',
      'after a garbage collection; a table that answers at once, real produce calls, logs to /dev/null',
    ],
    [
      'resident',
      'rssMb',
      "V8's young generation is held at 8 MB (--max-semi-space-size); otherwise it grows in steps, by 100 MB in all",
    ],
  ] as const) {
    const [before = Number.NaN] = settled.map((sample) => sample[of])
    const after = last.map((sample) => sample[of])
    table.row({
      what: `memory of ${contestant} over ${all} records in events of ${BATCH_SIZE}, ${name}`,
      unit: 'MB',
      contestants: { [`after ${settledAt} records`]: [before], 'in the last tenth': after },
      goal: {
        text: `at most ${MOST_GROWTH_MB} MB more`,
        reached: Math.max(...after) <= before + MOST_GROWTH_MB,
      },
      note,
    })
  }
}
