import type { DeclaredEvent } from '../settings/events.ts'
import type { Resources } from '../settings/resources.ts'
import type { MappingSettings } from '../settings/settings.ts'

/** The part of Serverless that the plugin uses. */
export type ServerlessLike = {
  readonly serviceDir: string
  readonly service: ServiceLike
  readonly pluginManager: { readonly plugins: readonly object[] }
  readonly configSchemaHandler: {
    readonly schema: ConfigSchema
    defineFunctionEventProperties(provider: string, event: string, schema: object): void
    defineCustomProperties(schema: object): void
  }
  /** Errors of this class reach the user as their message, without a stack. */
  readonly classes: { readonly Error: new (message: string) => Error }
  getProvider(name: 'aws'): {
    readonly naming: {
      getMSKEventLogicalId(functionKey: string, clusterToken: string, topic: string): string
      getKafkaEventLogicalId(functionKey: string, topic: string): string
    }
  }
}

/** The JSON schema of serverless.yml as far as events go. */
export type ConfigSchema = {
  readonly properties: {
    readonly functions: {
      readonly patternProperties: Readonly<
        Record<string, { readonly properties: { readonly events: { readonly items: EventSchemas } } }>
      >
    }
  }
}

type EventSchemas = {
  readonly anyOf: readonly {
    readonly required: readonly string[]
    readonly properties: Readonly<Record<string, { readonly properties?: Record<string, unknown> }>>
  }[]
}

export type ServiceLike = {
  readonly service: string
  readonly custom?: { readonly kafkaEventSource?: unknown; readonly [plugin: string]: unknown }
  readonly provider: ProviderLike
  readonly resources?: { readonly Resources?: Resources }
  getAllFunctions(): string[]
  getFunction(key: string): FunctionLike
}

export type ProviderLike = {
  readonly region?: string
  readonly runtime?: string
  readonly memorySize?: number
  readonly timeout?: number
  readonly environment?: Readonly<Record<string, unknown>>
  readonly compiledCloudFormationTemplate?: { Resources: Record<string, TemplateResource> }
}

export type TemplateResource = { Type: string; Properties: Record<string, unknown> }

export type FunctionLike = {
  /** The deployed name, `<service>-<stage>-<key>`. */
  readonly name: string
  readonly handler?: string
  readonly runtime?: string
  readonly memorySize?: number
  /** Seconds. */
  readonly timeout?: number
  readonly environment?: Readonly<Record<string, unknown>>
  readonly events?: readonly Readonly<Record<string, unknown>>[]
}

/** The third argument of a plugin's constructor. */
export type Log = {
  notice(text: string): void
  warning(text: string): void
  error(text: string): void
  info(text: string): void
}

export type CliOptions = { readonly region?: string; readonly noTimeout?: boolean }

/** One `msk` or `kafka` event of one function. */
export type MappingDefinition = {
  readonly functionKey: string
  readonly function: FunctionLike
  /** What Serverless names the mapping in the template. */
  readonly logicalId: string
  readonly declared: DeclaredEvent
  readonly settings: MappingSettings
}
