/** The service's own resources, as serverless.yml has them, by logical id. */
export type Resources = Readonly<
  Record<string, { readonly Type?: string; readonly Properties?: Readonly<Record<string, unknown>> }>
>
