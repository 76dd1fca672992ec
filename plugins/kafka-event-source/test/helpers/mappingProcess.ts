import { writeSync } from 'node:fs'
import { startMapping, values } from './mappings.ts'

/** A mapping in a process of its own, that can be killed: prints the values of each batch, then ends its invocation. */
const [, , topic = '', batchSize] = process.argv
await startMapping({
  topic,
  batchSize: Number(batchSize),
  handler: (event) =>
    void writeSync(
      1,
      values(event)
        .map((value) => `${value}\n`)
        .join(''),
    ),
})
