import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import type { Bench } from './bench.ts'
import { bundleFunctions, type FunctionName } from './bundles.ts'

const MOST_KB: Readonly<Record<FunctionName, number>> = { createOrder: 260, payment: 350, notification: 350 }

/** How large the functions are as they are uploaded. */
export const size: Bench = async ({ table }) => {
  const folder = temporaryFolder()
  try {
    for (const { name, file } of await bundleFunctions(folder)) {
      const [bundle, map] = [packedKb(file), packedKb(`${file}.map`)]
      const most = MOST_KB[name]
      table.row({
        what: `${name}, zipped`,
        unit: 'kB',
        contestants: { 'in all': [bundle + map], 'the bundle': [bundle], 'its source map': [map] },
        goal: { text: `below ${most}`, reached: bundle + map < most },
      })
    }
  } finally {
    removeFolder(folder)
  }
}

/** As the zip of Serverless has it, at zlib's own level; the headers of a zip are less than a kB. */
const packedKb = (file: string): number => deflateRawSync(readFileSync(file)).length / 1_000
