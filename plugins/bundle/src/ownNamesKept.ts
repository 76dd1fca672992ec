import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type OnLoadResult, type Plugin, type TransformFailure, transform } from 'esbuild'

/**
 * Keeps the names of functions and classes in the project's own code, though identifiers are minified: errors are told apart by name, in
 * logs and alarms too, and stacks are read. Not in packages, whose errors have names of their own: esbuild's `keepNames` names a function
 * each time that it is made, which takes a twentieth of an order's time there.
 */
export const ownNamesKept: Plugin = {
  name: 'own-names-kept',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.[cm]?ts$/, namespace: 'file' }, async ({ path: file }): Promise<OnLoadResult> => {
      try {
        const { code } = await transform(await readFile(file, 'utf8'), {
          loader: 'ts',
          keepNames: true,
          // Imports that look like values are, as for Node.js, which runs the same files locally.
          tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
          target: 'node24',
          supported: WITHOUT_TOP_LEVEL_AWAIT,
          sourcemap: 'inline',
          sourcesContent: false,
          sourcefile: path.basename(file),
          logLevel: 'silent',
        })
        return { contents: code }
      } catch (error) {
        if (!isFailure(error)) throw error
        return { errors: placedIn(file, error) }
      }
    })
  },
}

/** CommonJS has none. It is refused where the source is known. */
export const WITHOUT_TOP_LEVEL_AWAIT = { 'top-level-await': false }

const isFailure = (error: unknown): error is TransformFailure =>
  error instanceof Error && Array.isArray((error as Partial<TransformFailure>).errors)

const placedIn = (file: string, { errors }: TransformFailure) =>
  errors.map(({ location, ...error }) => ({
    ...error,
    location: location && { ...location, file: path.relative(process.cwd(), file) },
  }))
