import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleHandler } from '../../../plugins/bundle/src/bundleHandler.ts'

const HANDLER = fileURLToPath(new URL('../../../functions/createOrder/handler.ts', import.meta.url))

/**
 * The bundle of createOrder as it is deployed, but for `count` environments in one process: handler.ts is in it so many times,
 * each with a producer of its own, and what it imports is in it once.
 * @returns the file, whose one export is `handlers`
 */
export async function bundleEnvironments(count: number, folder: string): Promise<string> {
  const numbers = Array.from({ length: count }, (_, number) => number)
  const imports = numbers.map((n) => `import { handler as h${n} } from ${JSON.stringify(`${HANDLER}?${n}`)}`)
  const entry = join(folder, 'environments.ts')
  writeFileSync(entry, [...imports, `export const handlers = [${numbers.map((n) => `h${n}`)}]`].join('\n'))
  const bundle = join(folder, 'environments.cjs')
  await bundleHandler(entry, bundle)
  return bundle
}
