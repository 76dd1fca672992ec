import { namesOf, unknownParameters } from './parameterNames.ts'
import { checkParameters } from './parameters.ts'
import { rememberedBy, unaskedChanges } from './runningStack.ts'
import { type AwsAccess, outputsOf } from './stackOutputs.ts'

interface Log {
  notice(line: string): void
  warning(line: string): void
}

/** The part of Serverless that is used here. */
interface ServerlessLike {
  classes: { Error: new (message: string, code?: string) => Error }
  configurationInput: { params?: Record<string, Record<string, unknown>> }
  getProvider(name: 'aws'): {
    getStage(): string
    getRegion(): string
    naming: { getStackName(): string }
  } & AwsAccess
  service: {
    custom: { stack: { parameters: Record<string, unknown>; remembered: string } }
    getFunction(name: string): { role?: unknown }
  }
}

interface CliOptions {
  function?: string
  param?: string[]
}

/** Refuses to package what would not deploy, or not safely, and says after a deployment what is open. */
export default class Deployment {
  readonly #serverless: ServerlessLike
  readonly #options: CliOptions
  readonly #log: Log

  readonly hooks = {
    'before:package:initialize': () => this.#check(),
    'before:deploy:deploy': () => this.#compareWithRunning(),
    'after:deploy:finalize': () => this.#sayIfOpen(),
    'before:deploy:function:deploy': () => this.#keepRole(),
  }

  constructor(serverless: ServerlessLike, options: CliOptions, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#options = options
    this.#log = log
  }

  get #stack() {
    return this.#serverless.service.custom.stack
  }

  get #provider() {
    return this.#serverless.getProvider('aws')
  }

  #check(): void {
    const stage = this.#provider.getStage()
    const { default: ofAll = {}, [stage]: ofStage = {} } = this.#serverless.configurationInput.params ?? {}
    const given = [...namesOf(this.#options.param ?? []), ...Object.keys(ofAll), ...Object.keys(ofStage)]
    this.#refuse('These parameters do not go (resources/parameters.yml says what each means):', [
      ...unknownParameters(given, Object.keys(this.#stack.parameters)),
      ...checkParameters(this.#stack.parameters, { stage, region: this.#provider.getRegion() }),
    ])
  }

  async #compareWithRunning(): Promise<void> {
    const { parameters, remembered } = this.#stack
    const changes = unaskedChanges(
      rememberedBy(await outputsOf(this.#provider.naming.getStackName(), this.#provider)),
      JSON.parse(remembered),
      String(parameters.change),
    )
    this.#refuse(
      'Give the parameters of the last deployment again. If a change is meant, name it, as in --param change=kafkaAuth:',
      changes,
    )
  }

  #refuse(why: string, problems: readonly string[]): void {
    if (problems.length === 0) return
    throw new this.#serverless.classes.Error([why, ...problems].join('\n  '), 'DEPLOYMENT_PARAMETERS')
  }

  #sayIfOpen(): void {
    if (this.#stack.parameters.authorizer !== 'none') return
    this.#log.warning(
      'POST /orders is open: whoever knows its URL can create orders. --param authorizer=jwt or iam closes it.',
    )
  }

  /** For `deploy function`, which would set the role anew by its RoleName: CloudFormation names the roles. */
  #keepRole(): void {
    if (this.#options.function) delete this.#serverless.service.getFunction(this.#options.function).role
  }
}
