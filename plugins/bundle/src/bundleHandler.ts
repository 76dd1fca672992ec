import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ownSourcesMapped } from './ownSourcesMapped.ts'

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

/**
 * Makes one minified CommonJS file of a handler with all that it imports, the AWS SDK too, and its source map beside it.
 * CommonJS, since the ESM bundle of a CommonJS package needs a `require` of its own.
 * @returns the files that something of went into it
 * @throws Error (of esbuild) when the handler or what it imports is not there, or is no TypeScript
 */
export async function bundleHandler(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The ES modules of a package first: what is not used of them is left out.
    mainFields: ['module', 'main'],
    alias: Object.fromEntries(NOT_USED_IN_LAMBDA.map((name) => [name, ABSENT])),
    minify: true,
    // Errors are told apart by name in logs and alarms.
    keepNames: true,
    sourcemap: true,
    plugins: [ownSourcesMapped],
    // Whoever calls tells the errors.
    logLevel: 'silent',
    metafile: true,
  })
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  )
}
