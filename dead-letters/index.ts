/** `npm run dead-letters`: the records that were given up, and writing them to their topics again. */
import { kafkaTrouble } from '../events/kafkaTrouble.ts'
import { openKafka } from '../events/topicReader.ts'
import { type LocalCluster, localCluster } from '../plugins/local-services/src/localCluster.ts'
import { DEAD_LETTERS_TOPIC } from '../shared/batch/deadLetter.ts'
import { withConnections } from './connections.ts'
import { list } from './list.ts'
import { type Command, readCommand, USAGE, UsageError } from './options.ts'
import { replay } from './replay.ts'
import { show } from './show.ts'
import { openReplays } from './table.ts'

const OUTPUT = { out: (text: string) => console.log(text), err: (text: string) => console.error(text) }

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2))
  const cluster = await localCluster()
  try {
    if (!(await run(command, cluster))) process.exitCode = 1
  } catch (error) {
    throw isOfKafka(error)
      ? kafkaTrouble(error, cluster, command.name === 'replay' ? 'use' : 'read from')
      : error
  }
}

/** @returns whether all that was asked for is done */
async function run(command: Command, cluster: LocalCluster): Promise<boolean> {
  const kafka = await openKafka(cluster, 'dead-letters')
  return withConnections(
    kafka,
    DEAD_LETTERS_TOPIC,
    () => openReplays(process.env),
    async (connections) => {
      if (command.name === 'replay') return replay(command, connections, OUTPUT)
      if (command.name === 'show') await show(command.id, connections, OUTPUT)
      else await list(command, connections, OUTPUT)
      return true
    },
  )
}

const isOfKafka = (error: unknown): boolean =>
  error instanceof Error && (/^KafkaJS|^Authentication/.test(error.name) || isOfKafka(error.cause))

main().catch((error: unknown) => {
  process.exitCode = 1
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof UsageError) console.error(`\n${USAGE}`)
})
