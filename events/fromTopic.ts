/** `npm run --silent event -- orders --last 3` prints an MSK event of the newest records of a topic, ready to be saved. */
import { parseArgs } from 'node:util'
import { lambdaEvent } from '../plugins/kafka-event-source/src/event/lambdaEvent.ts'
import { localCluster } from '../plugins/local-services/src/localCluster.ts'
import { kafkaTrouble } from './kafkaTrouble.ts'
import { lastRecords } from './lastRecords.ts'
import { NoSuchTopicError } from './offsetRanges.ts'

const USAGE =
  'Usage: npm run --silent event -- <topic> [--last <count>], for instance: npm run --silent event -- orders --last 3'

const SAMPLE_ARN = 'arn:aws:kafka:us-east-1:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-0'

async function main(): Promise<void> {
  const { topic, count } = readArguments()
  const cluster = await localCluster()
  const brokers = cluster.brokers.join(',')
  let records: Awaited<ReturnType<typeof lastRecords>>
  try {
    records = await lastRecords(cluster, topic, count)
  } catch (error) {
    throw error instanceof NoSuchTopicError ? error : kafkaTrouble(error, cluster)
  }
  if (records.length === 0) throw new Error(`The topic "${topic}" has no records yet.`)
  const event = lambdaEvent(records, { eventSourceArn: SAMPLE_ARN, bootstrapServers: brokers })
  process.stdout.write(`${JSON.stringify(event, null, 2)}\n`)
}

function readArguments(): { topic: string; count: number } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { last: { type: 'string', default: '1' } },
  })
  const [topic, ...more] = positionals
  const count = Number(values.last)
  if (!topic || more.length > 0) throw new Error(USAGE)
  if (!Number.isInteger(count) || count < 1 || count > 10_000) {
    throw new Error(`--last must be a whole number from 1 to 10000, not "${values.last}". ${USAGE}`)
  }
  return { topic, count }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
