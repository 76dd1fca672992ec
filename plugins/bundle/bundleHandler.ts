import { build } from 'esbuild'

export const OUTPUT_FOLDER = '.build'

/** Where the bundle of a handler module goes, from the service's folder. */
export const bundlePathOf = (source: string): string => `${OUTPUT_FOLDER}/${source}.cjs`

/**
 * Makes one minified CommonJS file of a handler with all that it imports, the AWS SDK too, and its source map.
 * CommonJS, since the ESM bundle of a CommonJS package needs a `require` of its own.
 */
export async function bundleHandler(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The ES modules of a package first: what is not used of them is left out.
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    sourcemap: true,
    logLevel: 'warning',
  })
}
