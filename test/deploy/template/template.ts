/** The parts of a CloudFormation template that the checks read. */
export interface Template {
  Resources: Record<string, Resource>
  Parameters?: Record<string, { Type: string; Default?: unknown }>
  Conditions?: Record<string, unknown>
  Outputs?: Record<string, { Value: unknown; Condition?: string }>
}

export interface Resource {
  Type: string
  Condition?: string
  DependsOn?: string | string[]
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  // biome-ignore lint/suspicious/noExplicitAny: as many shapes as there are types of resources.
  Properties: Record<string, any>
}
