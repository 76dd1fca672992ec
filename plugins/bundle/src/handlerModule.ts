export const OUTPUT_FOLDER = '.build'

/** Where a handler is: its module without extension, from the service's folder, and the name that it exports. */
export interface HandlerModule {
  source: string
  exported: string
}

/** Reads `functions/payment/handler.handler`, as serverless.yml has it. */
export function handlerModule(handler: string): HandlerModule {
  const dot = handler.lastIndexOf('.')
  return { source: handler.slice(0, dot), exported: handler.slice(dot + 1) }
}

/** Where the bundle of a handler module goes, from the service's folder. */
export const bundlePathOf = (source: string): string => `${OUTPUT_FOLDER}/${source}.cjs`
