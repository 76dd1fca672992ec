import { existsSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Returned or thrown values may be anything. */
export type Handler = (event: unknown, context: unknown) => unknown

const JAVASCRIPT = ['.js', '.mjs', '.cjs']
const TYPESCRIPT = ['.ts', '.mts', '.cts']

/**
 * Imports a handler as Lambda does.
 * @throws {HandlerError} with Lambda's error types; whatever the module itself throws passes through
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export async function loadHandler(file: string, exportPath: readonly string[]): Promise<Handler> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href)
  const handler = nested(module, exportPath) ?? nested(module.default, exportPath)
  if (typeof handler === 'function') return handler as Handler
  throw new HandlerError(
    'Runtime.HandlerNotFound',
    `${file} ${handler === undefined ? 'has no export' : 'has no function'} ${exportPath.join('.')}`,
  )
}

/**
 * What a handler setting names, `path/to/file.export`, where the export may be nested (`file.api.handler`).
 * `files`: absolute, the first one that exists is meant.
 * @throws {HandlerError} it is of another form
 */
export function parseHandler(
  codeFolder: string,
  handler: string,
): { files: readonly string[]; exportPath: readonly string[] } {
  const [name = '', ...exportPath] = basename(handler).split('.')
  if (name === '' || exportPath.length === 0) {
    throw new HandlerError(
      'Runtime.MalformedHandlerName',
      `handler ${handler} is not of the form file.export`,
    )
  }
  const withoutExtension = resolve(codeFolder, dirname(handler), name)
  return {
    files: [...JAVASCRIPT, ...TYPESCRIPT].map((extension) => withoutExtension + extension),
    exportPath,
  }
}

/** @throws {HandlerError} there is none of them */
export function existingFile(files: readonly string[]): string {
  const file = files.find((candidate) => existsSync(candidate))
  if (file !== undefined) return file
  const [js = '', ts = ''] = files.filter((candidate) => /\.[jt]s$/.test(candidate))
  throw new HandlerError('Runtime.ImportModuleError', `there is no file ${js} or ${extname(ts)}`)
}

export class HandlerError extends Error {
  constructor(errorType: string, message: string) {
    super(message)
    this.name = errorType
  }
}

/** With tsx where it is installed: Node.js alone knows neither enums nor imports without an extension. */
export async function compileTypeScript(file: string): Promise<void> {
  if (!TYPESCRIPT.includes(extname(file))) return
  // Else esbuild starts a process for the thread, and that stays behind as a zombie when the thread is ended.
  process.env.ESBUILD_WORKER_THREADS = '0'
  try {
    const [{ register }, { register: registerRequire }] = await Promise.all([
      import('tsx/esm/api'),
      import('tsx/cjs/api'),
    ])
    register()
    registerRequire()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  } finally {
    delete process.env.ESBUILD_WORKER_THREADS
  }
}

function nested(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((object, key) => (object as Record<string, unknown> | undefined)?.[key], value)
}
