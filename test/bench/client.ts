import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { testKafka } from '../helpers/topics.ts'
import type { BenchTable } from './BenchTable.ts'
import type { Bench } from './bench.ts'
import { bundleMinimal, processMs, zippedKilobytes } from './client/bundles.ts'
import type { ClientName, Task } from './client/clientProcess.ts'
import { percentile, ratios } from './statistics.ts'
import { WorkProcess } from './WorkProcess.ts'

const ROUNDS = 2
const BLOCKS_A_ROUND = 8
/** The first ones of a block, before which the process had nothing to do, do not count. */
const BLOCK = { kind: 'one by one', topic: 'orders', records: 105, untimed: 5 } as const
const WARM_UP = { kind: 'one by one', topic: 'orders', records: 1_000, untimed: 1_000 } as const
const RECORDS_A_CALL = 1_000
const WARM_UP_CALLS = 10
const CALLS = 20
const DRAINED_RECORDS = 100_000
const STARTS = 7

/** KafkaJS, which the functions use, against @platformatic/kafka, which they could use instead. */
export const client: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  for (const topic of ['orders', 'batches', 'drained']) await kafka.createTopic(topic)
  const drained = quick ? 20_000 : DRAINED_RECORDS

  const rounds: Record<ClientName, Measured>[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    rounds.push(await measureRound(round, { brokers, drained, blocks: quick ? 2 : BLOCKS_A_ROUND }))
  }
  const row = (what: string, unit: string, of: (measured: Measured) => number, note?: string) =>
    compare(table, what, unit, {
      kafkajs: rounds.map(({ kafkajs }) => of(kafkajs)),
      platformatic: rounds.map(({ platformatic }) => of(platformatic)),
      note,
    })
  row('one record, acks all, p50', 'ms', ({ oneMs }) => percentile(oneMs, 0.5))
  row('one record, acks all, p99', 'ms', ({ oneMs }) => percentile(oneMs, 0.99))
  row(
    `${RECORDS_A_CALL} records of 150 B a call, acks all`,
    'records/s',
    ({ batches }) => batches,
    '@platformatic/kafka with its native checksum, which a bundle has not',
  )
  row(`drain ${drained} records of 150 B`, 'records/s', ({ drain }) => drain, 'nothing is done with a record')

  const folder = started.adopt(temporaryFolder(), removeFolder)
  const [kafkajs, platformatic] = [
    await bundleMinimal('kafkajs', folder),
    await bundleMinimal('platformatic', folder),
  ]
  compare(table, 'bundle of a producer alone, zipped', 'kB', {
    kafkajs: [zippedKilobytes(kafkajs)],
    platformatic: [zippedKilobytes(platformatic)],
    note: '@platformatic/kafka needs two settings of esbuild more than the functions have',
  })
  const imports: Record<ClientName, number[]> = { kafkajs: [], platformatic: [] }
  for (let start = 0; start < (quick ? 2 : STARTS); start++) {
    const bareMs = processMs()
    imports.kafkajs.push(processMs(kafkajs) - bareMs)
    imports.platformatic.push(processMs(platformatic) - bareMs)
  }
  compare(table, 'import of this bundle, above bare Node', 'ms', imports)
}

/** What one client did in one round. */
interface Measured {
  /** Of each record that was sent alone. */
  oneMs: number[]
  /** Records a second, as the drain. */
  batches: number
  drain: number
}

interface Round {
  brokers: string
  drained: number
  blocks: number
}

/** Each client in a process of its own: which code is compiled when differs from one process to the next. */
async function measureRound(
  round: number,
  { brokers, drained, blocks }: Round,
): Promise<Record<ClientName, Measured>> {
  await using started = new AsyncDisposableStack()
  const open = async (client: ClientName) => {
    const program = new URL('client/clientProcess.ts', import.meta.url)
    const running = await WorkProcess.start<Task, number[]>(program, {
      settings: { client, brokers },
      env: {},
    })
    started.defer(() => running.close())
    return {
      do: (task: Task) => running.work(task),
      measured: { oneMs: [], batches: 0, drain: 0 } as Measured,
    }
  }
  const kafkajs = await open('kafkajs')
  const platformatic = await open('platformatic')
  // In turn: what changes on the machine meanwhile hits both.
  const inTurn = (turn: number) => (turn % 2 === 0 ? [kafkajs, platformatic] : [platformatic, kafkajs])
  const batches = (topic: string, records: number): Task => ({
    kind: 'batches',
    ...{ topic, records, recordsACall: RECORDS_A_CALL },
  })

  if (round === 0) await kafkajs.do(batches('drained', drained))
  for (const client of inTurn(round)) {
    await client.do(WARM_UP)
    await client.do(batches('batches', WARM_UP_CALLS * RECORDS_A_CALL))
  }
  for (let block = 0; block < blocks; block++) {
    for (const client of inTurn(block)) client.measured.oneMs.push(...(await client.do(BLOCK)))
  }
  for (const client of inTurn(round)) {
    const calls = await client.do(batches('batches', CALLS * RECORDS_A_CALL))
    client.measured.batches = perSecond(CALLS * RECORDS_A_CALL, sum(calls))
  }
  for (const client of inTurn(round)) {
    const [tookMs = Number.NaN] = await client.do({ kind: 'drain', topic: 'drained', records: drained })
    client.measured.drain = perSecond(drained, tookMs)
  }
  return { kafkajs: kafkajs.measured, platformatic: platformatic.measured }
}

function compare(
  table: BenchTable,
  what: string,
  unit: string,
  { kafkajs, platformatic, note }: Record<ClientName, number[]> & { note?: string | undefined },
): void {
  table.row({
    what: `client: ${what}`,
    unit,
    contestants: { KafkaJS: kafkajs, '@platformatic/kafka': platformatic },
    ratio: ratios(platformatic, kafkajs),
    ...(note !== undefined && { note }),
  })
}

const perSecond = (records: number, tookMs: number): number => records / (tookMs / 1_000)

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
