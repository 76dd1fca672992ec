import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { postOrders } from '../helpers/lambda.ts'
import { testKafka } from '../helpers/topics.ts'
import { orderEvents } from './batches/orderEvents.ts'
import type { Bench } from './bench.ts'
import { bundleFunctions, type FunctionName } from './bundles.ts'
import { startTableStandIn } from './orders/tableStandIn.ts'
import { median } from './statistics.ts'

const ROUNDS = 11

/** The most that an import may take above bare Node, in milliseconds, on a machine where that takes BARE_MS. */
const MOST_MS: Readonly<Record<FunctionName, number>> = { createOrder: 60, payment: 100, notification: 100 }
const BARE_MS = 40

const INVOKE = fileURLToPath(new URL('coldStart/invoke.cjs', import.meta.url))
const WITHOUT_LIBRARIES = fileURLToPath(new URL('coldStart/withoutLibraries.cjs', import.meta.url))

/** Bundles in processes that are new each time: how long they take to load, and then to answer for the first time. */
export const coldStart: Bench = async ({ brokers, table, quick }) => {
  await using started = new AsyncDisposableStack()
  const kafka = started.adopt(testKafka(brokers), (open) => open.close())
  for (const topic of ['orders', 'order_status', 'dead_letters']) await kafka.createTopic(topic)
  const outcomes = started.adopt(await startTableStandIn(), (standIn) => standIn.close())
  const folder = started.adopt(temporaryFolder(), removeFolder)
  const bundles = await bundleFunctions(folder)

  const environment = {
    KAFKA_BROKERS: brokers,
    OUTCOMES_TABLE: 'outcomes',
    OUTCOMES_DAYS: '90',
    PAYMENT_MAX_DELAY_MS: '0',
    DYNAMODB_ENDPOINT: outcomes.endpoint,
    AWS_REGION: 'us-east-1',
  }
  const run = (args: readonly string[]) => node(args, environment)
  const loading = (file: string) => wallMs(() => run(['-e', `require(${JSON.stringify(file)})`]))

  const bare: number[] = []
  const withoutLibraries: number[] = []
  const functions = bundles.map((bundle) => ({ ...bundle, imports: [] as number[], first: [] as number[] }))
  const measures = [
    () => bare.push(wallMs(() => run(['-e', '0']))),
    () => withoutLibraries.push(loading(WITHOUT_LIBRARIES)),
    ...functions.flatMap(({ name, file, imports, first }) => [
      () => imports.push(loading(file)),
      () => first.push(firstInvocation(run([INVOKE, file, JSON.stringify(eventFor(name))]))),
    ]),
  ]
  // The first round is for the files to be in memory.
  for (let round = 0; round <= (quick ? 3 : ROUNDS); round++) {
    for (const measure of round % 2 === 0 ? measures : measures.toReversed()) measure()
  }
  for (const values of [bare, withoutLibraries, ...functions.flatMap((each) => [each.imports, each.first])])
    values.shift()

  for (const { name, imports } of functions) {
    const aboveMs = median(imports) - median(bare)
    const scaledMs = (aboveMs * BARE_MS) / median(bare)
    const most = MOST_MS[name]
    table.row({
      what: `cold start of ${name}: a process that loads the bundle and ends`,
      unit: 'ms',
      contestants: {
        'node -e 0': bare,
        'a handler without libraries': withoutLibraries,
        'the bundle': imports,
      },
      goal: { text: `below ${most} above bare Node where that takes ${BARE_MS}`, reached: scaledMs < most },
      note: `${aboveMs.toFixed(0)} above bare Node; ${scaledMs.toFixed(0)} where that takes ${BARE_MS}`,
    })
  }
  table.row({
    what: 'the first invocation after it, one order or record',
    unit: 'ms',
    contestants: Object.fromEntries(functions.map(({ name, first }) => [name, first])),
    note: 'KAFKA_AUTH=none, pause of the gateway 0, a table that answers at once over HTTP without TLS; new connections to all',
  })
}

function node(args: readonly string[], environment: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
  const ended = spawnSync(process.execPath, args, {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (ended.status === 0) return ended
  throw new Error(`node ${args.join(' ')} ended with ${ended.signal ?? ended.status}: ${ended.stderr}`)
}

function wallMs(work: () => void): number {
  const begunAt = performance.now()
  work()
  return performance.now() - begunAt
}

const nextOrders = orderEvents('orders')
const nextPaid = orderEvents('order_status')

function eventFor(name: FunctionName): object {
  if (name === 'createOrder') return postOrders({ customer: 'Ada Lovelace', amount: 12.5 })
  return name === 'payment' ? nextOrders(1) : nextPaid(1)
}

/** @throws Error when it was not done */
function firstInvocation({ stdout }: SpawnSyncReturns<string>): number {
  const { invocationMs, answer } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  if (answer.statusCode === 202 || answer.batchItemFailures?.length === 0) return invocationMs
  throw new Error(`the first invocation was answered ${JSON.stringify(answer)}: ${stdout}`)
}
