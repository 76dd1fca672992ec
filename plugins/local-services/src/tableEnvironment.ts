import type { LocalDynamoDb, TableNames } from './localDynamoDb.ts'

type Environment = Readonly<Record<string, unknown>>

interface ServiceEnvironments {
  readonly provider: { environment?: Environment }
  readonly functions?: Readonly<Record<string, { environment?: Environment }>>
}

/**
 * Makes DYNAMODB_ENDPOINT what all functions of the service see, and puts the names of tables where serverless.yml refers to them
 * (`!Ref OutcomesTable`), which is for AWS.
 */
export function publishTables(
  { endpoint, tables }: LocalDynamoDb,
  { provider, functions = {} }: ServiceEnvironments,
): void {
  provider.environment = { ...named(provider.environment, tables), DYNAMODB_ENDPOINT: endpoint }
  for (const definition of Object.values(functions)) {
    if (definition.environment) definition.environment = named(definition.environment, tables)
  }
}

const named = (environment: Environment = {}, tables: TableNames): Environment =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, tables[referred(value) ?? ''] ?? value]),
  )

function referred(value: unknown): string | undefined {
  const reference = (value as { Ref?: unknown } | null)?.Ref
  return typeof reference === 'string' ? reference : undefined
}
