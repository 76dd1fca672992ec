import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Returned or thrown values may be anything. */
export type Handler = (event: unknown, context: unknown) => unknown

const JAVASCRIPT = ['.js', '.mjs', '.cjs']
const TYPESCRIPT = ['.ts', '.mts', '.cts']

/**
 * Imports a handler as Lambda does: `path/to/file.export`, where the export may be nested (`file.api.handler`).
 * @throws {HandlerError} with Lambda's error types; whatever the module itself throws passes through
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export async function loadHandler(file: string, exportPath: readonly string[]): Promise<Handler> {
  const module = await importModule(file)
  const handler = nested(module, exportPath) ?? nested(module.default, exportPath)
  if (typeof handler === 'function') return handler as Handler
  throw new HandlerError(
    'Runtime.HandlerNotFound',
    `${file} ${handler === undefined ? 'has no export' : 'has no function'} ${exportPath.join('.')}`,
  )
}

/** The file of a handler setting, and the path to the function among its exports. */
export function findHandler(
  codeFolder: string,
  handler: string,
): { file: string; exportPath: readonly string[] } {
  const [name = '', ...exportPath] = basename(handler).split('.')
  if (name === '' || exportPath.length === 0) {
    throw new HandlerError(
      'Runtime.MalformedHandlerName',
      `handler ${handler} is not of the form file.export`,
    )
  }
  const withoutExtension = resolve(codeFolder, join(dirname(handler), name))
  const extension = [...JAVASCRIPT, ...TYPESCRIPT].find((candidate) =>
    existsSync(withoutExtension + candidate),
  )
  if (extension === undefined) {
    throw new HandlerError('Runtime.ImportModuleError', `there is no file ${withoutExtension}.js or .ts`)
  }
  return { file: withoutExtension + extension, exportPath }
}

export class HandlerError extends Error {
  constructor(errorType: string, message: string) {
    super(message)
    this.name = errorType
  }
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  if (TYPESCRIPT.some((extension) => file.endsWith(extension))) await compileTypeScript()
  return await import(pathToFileURL(file).href)
}

/** With tsx where it is installed: Node.js alone knows neither enums nor imports without an extension. */
async function compileTypeScript(): Promise<void> {
  try {
    const [{ register }, { register: registerRequire }] = await Promise.all([
      import('tsx/esm/api'),
      import('tsx/cjs/api'),
    ])
    register()
    registerRequire()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  }
}

function nested(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((object, key) => (object as Record<string, unknown> | undefined)?.[key], value)
}
