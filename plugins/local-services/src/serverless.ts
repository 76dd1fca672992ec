/** The part of Serverless that the plugin uses. */
export interface ServerlessLike {
  readonly serviceDir: string
  readonly service: {
    readonly custom?: {
      readonly localServices?: { nextStep?: string; topics?: unknown; tables?: unknown }
      readonly [plugin: string]: unknown
    }
    readonly provider: { readonly region?: string; environment?: Readonly<Record<string, unknown>> }
    readonly functions?: Readonly<Record<string, { environment?: Readonly<Record<string, unknown>> }>>
    readonly resources?: unknown
  }
  /** The command line: `['invoke', 'local']`. */
  readonly processedInput: { readonly commands: readonly string[] }
  readonly pluginManager: {
    readonly plugins: readonly object[]
    readonly hooks: Record<string, Hook[]>
  }
  readonly configSchemaHandler: { defineCustomProperties(schema: object): void }
  /** Errors of this class reach the user as their message, without a stack. */
  readonly classes: { readonly Error: new (message: string, code?: string) => Error }
}

export interface Hook {
  pluginName: string
  hook: (...args: never[]) => unknown
}

/** The third argument of a plugin's constructor. */
export interface Log {
  notice(text?: string): void
  warning(text: string): void
  error(text: string): void
}
