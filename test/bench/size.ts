import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { filesLoadedWith } from '../helpers/loadedFiles.ts'
import type { Bench } from './bench.ts'
import { bundleFunctions, type FunctionName } from './bundles.ts'

const MOST_KB: Readonly<Record<FunctionName, number>> = { createOrder: 260, payment: 350, notification: 350 }

/** How large the functions are as they are uploaded. */
export const size: Bench = async ({ table }) => {
  const folder = temporaryFolder()
  try {
    for (const { name, file, files } of await bundleFunctions(folder)) {
      const maps = files.filter((each) => each.endsWith('.map'))
      const loaded = filesLoadedWith(file)
      const onUse = files.filter((each) => !maps.includes(each) && !loaded.includes(each))
      const all = packedKb(files)
      const most = MOST_KB[name]
      table.row({
        what: `${name}, zipped`,
        unit: 'kB',
        contestants: {
          'in all': [all],
          'loaded at a cold start': [packedKb(loaded)],
          'loaded on first use': [packedKb(onUse)],
          'source maps': [packedKb(maps)],
        },
        goal: { text: `below ${most}`, reached: all < most },
      })
    }
  } finally {
    removeFolder(folder)
  }
}

/** As the zip of Serverless has it, at zlib's own level; the headers of a zip are less than a kB. */
const packedKb = (files: readonly string[]): number =>
  files.reduce((bytes, file) => bytes + deflateRawSync(readFileSync(file)).length, 0) / 1_000
