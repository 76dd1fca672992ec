import { fileURLToPath } from 'node:url'
import { bundleHandler } from '../../plugins/bundle/src/bundleHandler.ts'

/** The functions whose cold start somebody waits for. */
export const FUNCTIONS = ['createOrder', 'payment', 'notification'] as const
export type FunctionName = (typeof FUNCTIONS)[number]

/** A function's bundle, as `serverless package` makes it. */
export interface FunctionBundle {
  name: FunctionName
  /** Which has the handler. */
  file: string
  /** All, with those that are loaded on first use and the source maps. */
  files: string[]
}

export async function bundleFunctions(folder: string): Promise<FunctionBundle[]> {
  return Promise.all(
    FUNCTIONS.map(async (name) => {
      const file = `${folder}/${name}.cjs`
      const source = fileURLToPath(new URL(`../../functions/${name}/handler.ts`, import.meta.url))
      const { files } = await bundleHandler(source, file)
      return { name, file, files }
    }),
  )
}
