import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { zipSync } from 'fflate'
import type { ClientName } from './clientProcess.ts'

/**
 * Bundles the least that a function needs to write a record, with the options of the functions' bundles, and what
 * `@platformatic/kafka` needs besides: its WebAssembly inside, and an `import.meta.url`, which CommonJS has not.
 * @returns the file
 */
export async function bundleMinimal(client: ClientName, folder: string): Promise<string> {
  const outfile = join(folder, `${client}.cjs`)
  await build({
    entryPoints: [fileURLToPath(new URL(`minimal/${client}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'silent',
    ...(client === 'platformatic' && {
      alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
      define: { 'import.meta.url': 'importMetaUrl' },
      banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    }),
  })
  return outfile
}

/** In thousands of bytes, as AWS counts. */
export const zippedKilobytes = (bundle: string): number =>
  zipSync({ 'handler.js': readFileSync(bundle) }, { level: 9 }).length / 1_000

/** Of a new process that loads the bundle, or nothing, and ends. */
export function processMs(bundle?: string): number {
  const script = bundle === undefined ? '' : `require(${JSON.stringify(bundle)});process.exit()`
  const begunAt = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  })
  const tookMs = performance.now() - begunAt
  if (status !== 0) throw new Error(`${bundle} cannot be loaded:\n${stderr}`)
  return tookMs
}
