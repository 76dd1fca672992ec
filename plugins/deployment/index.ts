import { checkParameters } from './parameters.ts'

interface Log {
  notice(line: string): void
  warning(line: string): void
}

/** The part of Serverless that is used here. */
interface ServerlessLike {
  classes: { Error: new (message: string, code?: string) => Error }
  getProvider(name: 'aws'): { getStage(): string }
  service: {
    custom: { stack: { parameters: Record<string, unknown> } }
    getFunction(name: string): { role?: unknown }
  }
}

/** Refuses to package what would not deploy, or not safely, and says after a deployment what is open. */
export default class Deployment {
  readonly #serverless: ServerlessLike
  readonly #options: { function?: string }
  readonly #log: Log

  readonly hooks = {
    'before:package:initialize': () => this.#check(),
    'after:deploy:finalize': () => this.#sayIfOpen(),
    'before:deploy:function:deploy': () => this.#keepRole(),
  }

  constructor(serverless: ServerlessLike, options: { function?: string }, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#options = options
    this.#log = log
  }

  get #parameters() {
    return this.#serverless.service.custom.stack.parameters
  }

  #check(): void {
    const problems = checkParameters(this.#parameters, this.#serverless.getProvider('aws').getStage())
    if (problems.length === 0) return
    throw new this.#serverless.classes.Error(
      ['These parameters do not go (resources/parameters.yml says what each means):', ...problems].join(
        '\n  ',
      ),
      'DEPLOYMENT_PARAMETERS',
    )
  }

  #sayIfOpen(): void {
    if (this.#parameters.authorizer !== 'none') return
    this.#log.warning(
      'POST /orders is open: whoever knows its URL can create orders. --param authorizer=jwt or iam closes it.',
    )
  }

  /** For `deploy function`, which would set the role anew by its RoleName: CloudFormation names the roles. */
  #keepRole(): void {
    if (this.#options.function) delete this.#serverless.service.getFunction(this.#options.function).role
  }
}
