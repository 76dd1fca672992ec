import { resolve } from 'node:path'
import type { CliOptions, FunctionLike, ServerlessLike } from '../serverless/serverless.ts'
import { functionTimeoutSeconds } from '../settings/mappingDefinitions.ts'
import { type PluginSettings, pluginSettings } from '../settings/pluginSettings.ts'

/** What an execution environment needs to know of its function. Travels to the worker thread: plain data only. */
export type FunctionSettings = {
  readonly functionKey: string
  readonly functionName: string
  readonly functionArn: string
  /** `path/to/file.export`, below `codeFolder`. */
  readonly handler: string
  /** Absolute. */
  readonly codeFolder: string
  readonly runtime: string
  readonly memorySizeMb: number
  /** `undefined`: no limit, for debugging. */
  readonly timeoutMs: number | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Default: tsx. */
  readonly typeScript?: PluginSettings['typeScript']
}

const DEFAULT_MEMORY_MB = 1_024
const DEFAULT_RUNTIME = 'nodejs24.x'
const DEFAULT_REGION = 'us-east-1'

/**
 * The function as the host would run it. Reads `custom.serverless-offline` for what also holds for the host's functions:
 * `location` (the folder that a bundler writes to) and `noTimeout`.
 * @throws {Error} the function has no handler in Node.js
 */
export function functionSettings(
  serverless: ServerlessLike,
  functionKey: string,
  options: CliOptions,
): FunctionSettings {
  const { service } = serverless
  const { provider } = service
  const definition = service.getFunction(functionKey)
  const host = (service.custom?.['serverless-offline'] ?? {}) as { location?: string; noTimeout?: boolean }
  const runtime = definition.runtime ?? provider.runtime ?? DEFAULT_RUNTIME
  if (definition.handler === undefined || !runtime.startsWith('nodejs')) {
    throw new Error(`Function ${functionKey}: only functions with a Node.js handler can be invoked locally`)
  }

  const region = options.region ?? provider.region ?? DEFAULT_REGION
  const memorySizeMb = definition.memorySize ?? provider.memorySize ?? DEFAULT_MEMORY_MB
  const timeoutSeconds = functionTimeoutSeconds(service, functionKey)
  return {
    functionKey,
    functionName: definition.name,
    functionArn: `arn:aws:lambda:${region}:000000000000:function:${definition.name}`,
    handler: definition.handler,
    codeFolder: resolve(serverless.serviceDir, host.location ?? ''),
    runtime,
    memorySizeMb,
    timeoutMs: (options.noTimeout ?? host.noTimeout) ? undefined : timeoutSeconds * 1_000,
    environment: {
      ...awsVariables(),
      ...lambdaVariables({ definition, region, memorySizeMb, timeoutSeconds, runtime }),
      ...texts(provider.environment),
      ...texts(definition.environment),
      IS_OFFLINE: 'true',
    },
    typeScript: pluginSettings(service.custom?.kafkaEventSource).typeScript,
  }
}

/** Credentials and the like; nothing else of this process's environment is there on AWS either. */
const awsVariables = (): Record<string, string> =>
  texts(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'))))

type LambdaVariables = {
  definition: FunctionLike
  region: string
  memorySizeMb: number
  timeoutSeconds: number
  runtime: string
}

/** See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const lambdaVariables = ({ definition, region, memorySizeMb, timeoutSeconds, runtime }: LambdaVariables) => ({
  _HANDLER: definition.handler ?? '',
  AWS_DEFAULT_REGION: region,
  AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySizeMb),
  AWS_LAMBDA_FUNCTION_NAME: definition.name,
  AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutSeconds),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  AWS_REGION: region,
  LAMBDA_RUNTIME_DIR: '/var/runtime',
  LAMBDA_TASK_ROOT: '/var/task',
  LANG: 'en_US.UTF-8',
  PATH: process.env.PATH ?? '',
})

/** Values that only a deployment can resolve (`Ref` and the like) are left out. */
function texts(environment: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== null && value !== undefined && typeof value !== 'object') result[name] = String(value)
  }
  return result
}
