import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { bundleHandler } from './bundleHandler.ts'
import { bundlePathOf, handlerModule, OUTPUT_FOLDER } from './handlerModule.ts'
import { LocalInvocation } from './LocalInvocation.ts'
import { describeSizes } from './sizes.ts'

interface FunctionDefinition {
  handler: string
  timeout?: number
  package?: { patterns?: string[]; artifact?: string }
}

/** The part of Serverless that is used here. */
export interface ServerlessLike {
  serviceDir: string
  service: {
    build?: unknown
    provider: { timeout?: number }
    package: { individually?: boolean; excludeDevDependencies?: boolean }
    getAllFunctions(): string[]
    getFunction(name: string): FunctionDefinition
  }
  classes: { Error: new (message: string) => Error }
}

export interface Utils {
  log: { notice(line: string): void; error(line: string): void }
}

/** Lambda's own, in seconds, where serverless.yml names none. */
const DEFAULT_TIMEOUT = 6

/**
 * Bundles the TypeScript handlers that serverless.yml names, for `package`, `deploy` and `invoke local`; `serverless
 * offline` runs the sources as they are.
 */
export class Bundle {
  readonly #serverless: ServerlessLike
  readonly #options: { function?: string }
  readonly #log: Utils['log']
  readonly #invocation: LocalInvocation

  readonly hooks = {
    initialize: () => this.#bundleAlone(),
    'before:package:createDeploymentArtifacts': () => this.#bundleAll(),
    'after:package:createDeploymentArtifacts': () => this.#tellSizes(),
    'before:deploy:function:packageFunction': () => this.#bundle(this.#named()),
    'before:invoke:local:loadEnvVars': () => this.#bundle(this.#named()),
    'before:invoke:local:invoke': () => this.#invocation.begin(this.#timeout()),
    'after:invoke:local:invoke': () => this.#invocation.end(),
    error: () => this.#invocation.fail(),
  }

  constructor(serverless: ServerlessLike, options: { function?: string }, { log }: Utils) {
    this.#serverless = serverless
    this.#options = options
    this.#log = log
    this.#invocation = new LocalInvocation((line) => log.error(line))
  }

  /** Version 4 of the Serverless Framework would bundle these handlers too. */
  #bundleAlone(): void {
    this.#serverless.service.build ??= { esbuild: false }
  }

  #named(): string[] {
    return this.#options.function ? [this.#options.function] : []
  }

  #timeout(): number {
    const { service } = this.#serverless
    const [timeout] = this.#named().map((name) => service.getFunction(name).timeout)
    return timeout ?? service.provider.timeout ?? DEFAULT_TIMEOUT
  }

  async #bundleAll(): Promise<void> {
    const { service, serviceDir } = this.#serverless
    // What is loaded on first use has another name when it changes.
    await rm(path.join(serviceDir, OUTPUT_FOLDER), { recursive: true, force: true })
    await this.#bundle(service.getAllFunctions())
  }

  async #bundle(functionNames: string[]): Promise<void> {
    const { service } = this.#serverless
    service.package.individually = true
    // Nothing of node_modules is packed, so there is nothing to look for.
    service.package.excludeDevDependencies = false
    await Promise.all(functionNames.map((name) => this.#bundleFunction(name)))
  }

  async #bundleFunction(name: string): Promise<void> {
    const { service, serviceDir, classes } = this.#serverless
    const definition = service.getFunction(name)
    const { source, exported } = handlerModule(definition.handler)
    if (source.startsWith(OUTPUT_FOLDER)) return
    const bundle = path.join(serviceDir, bundlePathOf(source))
    try {
      const { files, exports } = await bundleHandler(path.join(serviceDir, `${source}.ts`), bundle)
      if (exports?.includes(exported) === false)
        throw new Error(`${source}.ts does not export ${exported} by its name.`)
      definition.package = { patterns: ['!**', ...files.map((file) => path.relative(serviceDir, file))] }
    } catch (error) {
      throw new classes.Error(`The handler of ${name} cannot be bundled. ${(error as Error).message}`)
    }
    definition.handler = `${OUTPUT_FOLDER}/${source}.${exported}`
  }

  async #tellSizes(): Promise<void> {
    const { service, serviceDir } = this.#serverless
    const sizes = new Map<string, number>()
    for (const name of service.getAllFunctions()) {
      const artifact = service.getFunction(name).package?.artifact
      if (artifact) sizes.set(name, (await stat(path.resolve(serviceDir, artifact))).size)
    }
    this.#log.notice(describeSizes(sizes))
  }
}
