import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type OutputFile, transform } from 'esbuild'
import { KafkaJsOnUse } from './KafkaJsOnUse.ts'
import { ownNamesKept, WITHOUT_TOP_LEVEL_AWAIT } from './ownNamesKept.ts'
import { ownSourcesOnly } from './ownSourcesOnly.ts'

const MAPPED_STACKS = fileURLToPath(new URL('./mappedStacks.ts', import.meta.url))
const ABSENT = fileURLToPath(new URL('./absentInLambda.ts', import.meta.url))

/** Packages that are imported somewhere and that no invocation in Lambda uses. */
const NOT_USED_IN_LAMBDA = [
  // Ways to credentials of a developer's machine. Lambda gives them in the environment.
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  // What aws-msk-iam-sasl-signer-js imports for its own ways to credentials and for its debug option.
  '@aws-sdk/client-sts',
  '@aws-sdk/credential-providers',
]

/** Of all files: they run on Lambda's Node.js, and are small, since a cold start takes time for each kB that it loads. */
const OUTPUT = { platform: 'node', target: 'node24', minify: true, logLevel: 'silent' } as const

/** What came of a handler. */
export interface Bundled {
  /** The file with the handler, those that it loads, and their source maps; nothing else is needed to run it. */
  files: string[]
  /** The files that something of went into it. */
  inputs: string[]
  /** The names that it exports; undefined of a CommonJS module, which says so only when it runs. */
  exports: string[] | undefined
}

/**
 * Makes a minified CommonJS file of a handler with all that it imports, the AWS SDK too, and its source map beside it. What it imports by
 * `import()` goes into files of their own beside it, which are loaded on first use, and what both need into others.
 * CommonJS, since the ESM bundle of a CommonJS package needs a `require` of its own.
 * @param outfile ends with `.cjs`; the names of the other files begin like it
 * @throws Error (of esbuild) when the handler or what it imports is not there, or is no TypeScript
 */
export async function bundleHandler(entry: string, outfile: string): Promise<Bundled> {
  const name = path.basename(outfile, '.cjs')
  const kafkaJs = new KafkaJsOnUse(`${name}.kafkaJsOnUse`)
  const splitInto = (entryPoints: Record<string, string>) =>
    build({
      ...OUTPUT,
      entryPoints,
      outdir: path.dirname(outfile),
      outExtension: { '.js': '.cjs' },
      chunkNames: `${name}.[name]-[hash]`,
      bundle: true,
      // Which esbuild splits, and no other.
      format: 'esm',
      splitting: true,
      supported: WITHOUT_TOP_LEVEL_AWAIT,
      inject: [MAPPED_STACKS],
      // The ES modules of a package first: what is not used of them is left out.
      mainFields: ['module', 'main'],
      alias: Object.fromEntries(NOT_USED_IN_LAMBDA.map((absent) => [absent, ABSENT])),
      sourcemap: 'inline',
      plugins: [kafkaJs.plugin, ownNamesKept],
      metafile: true,
      write: false,
    })

  let { outputFiles, metafile } = await splitInto({ [name]: entry })
  const onUse = kafkaJs.entryPoints()
  if (Object.keys(onUse).length > 0)
    ({ outputFiles, metafile } = await splitInto({ [name]: entry, ...onUse }))

  await mkdir(path.dirname(outfile), { recursive: true })
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [path.resolve(file), output] as const),
  )
  /** Whether a file is made of a CommonJS module, as the handler or on first use. */
  const ofCommonJs = (file: string): boolean => {
    const module = outputs.get(file)?.entryPoint
    return module !== undefined && metafile.inputs[module]?.format === 'cjs'
  }
  const files = await Promise.all(outputFiles.map((file) => writeAsCommonJs(file, ofCommonJs(file.path))))
  const first = path.resolve(outfile)
  return {
    files: files.flat(),
    inputs: [...outputs.values()].flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    ),
    exports: ofCommonJs(first) ? undefined : outputs.get(first)?.exports,
  }
}

/**
 * @param ofCommonJs its `module.exports` has become the default export, and becomes itself again: whoever imports it looks for its names
 * @returns the file, and its source map where something is the project's own
 */
async function writeAsCommonJs({ path: file, text }: OutputFile, ofCommonJs: boolean): Promise<string[]> {
  const { code, map } = await transform(text, {
    ...OUTPUT,
    format: 'cjs',
    // Becomes `require`.
    supported: { 'dynamic-import': false },
    footer: ofCommonJs ? 'module.exports=module.exports.default' : '',
    sourcemap: 'external',
    // The text is where the map says, and only makes it larger.
    sourcesContent: false,
  })
  const ownMap = ownSourcesOnly(map)
  if (ownMap === undefined) {
    await writeFile(file, code)
    return [file]
  }
  // For debuggers.
  await writeFile(file, `${code}//# sourceMappingURL=${path.basename(file)}.map\n`)
  await writeFile(`${file}.map`, ownMap)
  return [file, `${file}.map`]
}
