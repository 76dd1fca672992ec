import path from 'node:path'
import process from 'node:process'
import { bundleHandler, bundlePathOf, OUTPUT_FOLDER } from './bundleHandler.ts'

interface FunctionDefinition {
  handler: string
  package?: { patterns?: string[]; individually?: boolean }
}

/** The part of Serverless that is used here. */
interface ServerlessLike {
  serviceDir: string
  service: {
    package: { individually?: boolean; excludeDevDependencies?: boolean }
    getAllFunctions(): string[]
    getFunction(name: string): FunctionDefinition
  }
}

/**
 * Bundles the TypeScript handlers that serverless.yml names, for `package`, `deploy` and `invoke local`; `serverless
 * offline` runs the sources as they are.
 */
export default class Bundle {
  readonly #serverless: ServerlessLike
  readonly #options: { function?: string }

  readonly hooks = {
    'before:package:createDeploymentArtifacts': () =>
      this.#bundle(this.#serverless.service.getAllFunctions()),
    'before:deploy:function:packageFunction': () => this.#bundle(this.#named()),
    'before:invoke:local:loadEnvVars': () => this.#bundle(this.#named()),
    // The connections that keep an execution environment warm would keep the command from ending.
    'after:invoke:local:invoke': () => process.exit(),
  }

  constructor(serverless: ServerlessLike, options: { function?: string }) {
    this.#serverless = serverless
    this.#options = options
  }

  #named(): string[] {
    return this.#options.function ? [this.#options.function] : []
  }

  async #bundle(functionNames: string[]): Promise<void> {
    const { service, serviceDir } = this.#serverless
    service.package.individually = true
    // Nothing of node_modules is packed, so there is nothing to look for.
    service.package.excludeDevDependencies = false
    await Promise.all(
      functionNames.map(async (name) => {
        const definition = service.getFunction(name)
        const { source, exported } = splitHandler(definition.handler)
        if (source.startsWith(OUTPUT_FOLDER)) return
        await bundleHandler(
          path.join(serviceDir, `${source}.ts`),
          path.join(serviceDir, bundlePathOf(source)),
        )
        definition.handler = `${OUTPUT_FOLDER}/${source}.${exported}`
        definition.package = { patterns: ['!**', `${bundlePathOf(source)}{,.map}`] }
      }),
    )
  }
}

/** `functions/payment/handler.handler` -> the module without its extension, and the name that it exports. */
function splitHandler(handler: string): { source: string; exported: string } {
  const dot = handler.lastIndexOf('.')
  return { source: handler.slice(0, dot), exported: handler.slice(dot + 1) }
}
