import { createOutcomesTable, startTestDynamoDb } from '../helpers/dynamoDb.ts'
import { testKafka } from '../helpers/topics.ts'
import type { BatchDone, BatchWork } from './batches/batchProcess.ts'
import { cpuOf } from './batches/cpuOf.ts'
import { type BatchProcess, startBatches } from './batches/startBatches.ts'
import type { Bench } from './bench.ts'
import { startTableStandIn } from './orders/tableStandIn.ts'
import { median, ratios } from './statistics.ts'

interface Size {
  /** Of one event. */
  records: number
  /** The contestants take turns after so many events. */
  eventsATurn: number
  turnsARound: number
  rounds: number
}
const WITHOUT_STORE: readonly Size[] = [
  { records: 100, eventsATurn: 5, turnsARound: 24, rounds: 5 },
  { records: 10_000, eventsATurn: 1, turnsARound: 4, rounds: 5 },
]
/** DynamoDB Local would take more than a minute for the larger events. */
const WITH_DYNAMODB: readonly Size[] = [{ records: 100, eventsATurn: 1, turnsARound: 2, rounds: 3 }]
const WITH_STAND_IN: readonly Size[] = [
  { records: 100, eventsATurn: 2, turnsARound: 3, rounds: 4 },
  { records: 10_000, eventsATurn: 1, turnsARound: 1, rounds: 1 },
]
/** Until the compiler is done with them. */
const WARM_UP: readonly BatchWork[] = [
  { events: 1_000, records: 100 },
  { events: 5, records: 10_000 },
]
const TABLE = 'outcomes'
const RAW = 'KafkaJS: parse, sendBatch'

const cpuMsOf = (pid: number | undefined): number =>
  (pid === undefined ? undefined : cpuOf(pid)) ?? Number.NaN

/** The batches of payment against one `sendBatch` of the same results, without and with its store. */
export const payment: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  await kafka.createTopic('order_status')
  const start = async (options: Omit<Parameters<typeof startBatches>[0], 'brokers'>) =>
    started.adopt(await startBatches({ brokers, ...options }), (running) => running.close())
  const raw = await start({ contestant: 'raw' })
  const withoutStore = await start({ contestant: 'payment' })
  for (const warmUp of WARM_UP) for (const each of [raw, withoutStore]) await each.work(warmUp)

  const cpuWithoutStore = new Map<number, number>()
  for (const { rounds, ...size } of WITHOUT_STORE) {
    const measured = await inTurn(raw, withoutStore, { ...size, rounds: quick ? 1 : rounds })
    const ratio = ratios(measured.contestant.perSecond, measured.raw.perSecond)
    cpuWithoutStore.set(size.records, measured.contestant.cpuMs)
    table.row({
      what: `payment, events of ${size.records} records, its store off`,
      unit: 'records/s',
      contestants: { [RAW]: measured.raw.perSecond, 'the function': measured.contestant.perSecond },
      ratio,
      goal: { text: 'at least 0.8', reached: median(ratio) >= 0.8 },
      note:
        `a table that answers at once; logs go to /dev/null; ms of CPU a record: ` +
        `${measured.contestant.cpuMs.toFixed(3)}, of KafkaJS alone ${measured.raw.cpuMs.toFixed(3)}`,
    })
  }

  const dynamoDb = started.adopt(await startTestDynamoDb(), (running) => running.remove())
  await createOutcomesTable(dynamoDb.endpoint, TABLE)
  const standIn = started.adopt(await startTableStandIn(), (running) => running.close())
  for (const [name, endpoint, sizes, pid] of [
    ['DynamoDB Local', dynamoDb.endpoint, WITH_DYNAMODB, dynamoDb.current.pid],
    ['a table that takes no time', standIn.endpoint, WITH_STAND_IN, undefined],
  ] as const) {
    const withStore = await start({ contestant: 'payment', store: { endpoint, table: TABLE } })
    await withStore.work({ events: quick ? 1 : 4, records: 100 })
    for (const size of sizes) {
      if (quick && size.records > 100) continue
      const cpuBefore = cpuMsOf(pid)
      const { raw: ofRaw, contestant } = await inTurn(raw, withStore, quick ? { ...size, rounds: 1 } : size)
      const { requests, cpuMs, records } = contestant
      const cpuMsOfTable = cpuMsOf(pid) - cpuBefore
      table.row({
        what: `payment, events of ${size.records} records, its store on (${name})`,
        unit: 'records/s',
        contestants: { [RAW]: ofRaw.perSecond, 'the function': contestant.perSecond },
        note:
          `a record takes ${requests.toFixed(2)} requests (claim, outcome, renewals of a claim if it is slow) and ` +
          `${cpuMs.toFixed(2)} ms of CPU in the function, without its store ${cpuWithoutStore.get(size.records)?.toFixed(3)}` +
          (Number.isNaN(cpuMsOfTable)
            ? ''
            : `; ${(cpuMsOfTable / requests / records).toFixed(2)} ms of CPU a request in the emulator, which is the limit here`),
      })
    }
  }
}

interface Measured {
  /** Round by round: of the turn in the middle, since what others do on the machine hits some. */
  perSecond: number[]
  records: number
  /** Of a record: of this process alone. */
  cpuMs: number
  /** Of a record. */
  requests: number
}

/** Both get the same number of the same events, in turn, so that what changes on the machine meanwhile hits both. */
async function inTurn(
  raw: BatchProcess,
  contestant: BatchProcess,
  { records, eventsATurn, turnsARound, rounds }: Size,
): Promise<Record<'raw' | 'contestant', Measured>> {
  const done = { raw: [] as BatchDone[][], contestant: [] as BatchDone[][] }
  for (let round = 0; round < rounds; round++) {
    const turns = { raw: [] as BatchDone[], contestant: [] as BatchDone[] }
    for (let turn = 0; turn < turnsARound; turn++) {
      const order = [
        [raw, turns.raw],
        [contestant, turns.contestant],
      ] as const
      for (const [each, its] of turn % 2 === 0 ? order : order.toReversed()) {
        its.push(await each.work({ events: eventsATurn, records }))
      }
    }
    done.raw.push(turns.raw)
    done.contestant.push(turns.contestant)
  }

  const ofTurn = records * eventsATurn
  const all = ofTurn * turnsARound * rounds
  const ofRecord = (ofRounds: BatchDone[][], what: 'cpuMs' | 'requests') =>
    ofRounds.flat().reduce((sum, turn) => sum + turn[what], 0) / all
  const measured = (ofRounds: BatchDone[][]): Measured => ({
    perSecond: ofRounds.map((turns) => ofTurn / (median(turns.map(({ tookMs }) => tookMs)) / 1_000)),
    records: all,
    cpuMs: ofRecord(ofRounds, 'cpuMs'),
    requests: ofRecord(ofRounds, 'requests'),
  })
  return { raw: measured(done.raw), contestant: measured(done.contestant) }
}
