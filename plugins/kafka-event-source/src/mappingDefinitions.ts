import type { MappingDefinition, ServiceLike } from './serverless.ts'
import { mappingSettings, SettingsError } from './settings.ts'

/** Serverless' own default, in seconds. */
const DEFAULT_TIMEOUT_S = 6
const LONGEST_TIMEOUT_S = 14 * 60

export const functionTimeoutSeconds = (service: ServiceLike, functionKey: string): number =>
  service.getFunction(functionKey).timeout ?? service.provider.timeout ?? DEFAULT_TIMEOUT_S

/**
 * Every `msk` event of the service, in the order of serverless.yml.
 * @throws {SettingsError} all that AWS would refuse, each line with function, event and field
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
export function mappingDefinitions(service: ServiceLike): MappingDefinition[] {
  const definitions: MappingDefinition[] = []
  const refused: string[] = []

  for (const functionKey of service.getAllFunctions()) {
    const definition = service.getFunction(functionKey)
    for (const [index, { msk }] of (definition.events ?? []).entries()) {
      if (msk === undefined) continue
      const place = `Function ${functionKey}, event ${index} (msk)`
      try {
        definitions.push({ functionKey, function: definition, settings: mappingSettings(msk) })
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error
        refused.push(...error.problems.map((problem) => `${place}, ${problem}`))
      }
      if (functionTimeoutSeconds(service, functionKey) > LONGEST_TIMEOUT_S) {
        refused.push(`${place}: the function's timeout may be 14 minutes (${LONGEST_TIMEOUT_S} s) at most`)
      }
    }
  }
  refused.push(...sharedGroups(definitions))

  if (refused.length > 0) throw new SettingsError(refused)
  return definitions
}

/**
 * What running locally needs beyond AWS's own rules: no setting that this version would pass over in silence.
 * @throws {SettingsError} each line with function, event and field
 */
export function refuseNotObeyed(definitions: readonly MappingDefinition[]): void {
  const refused = definitions.flatMap(({ functionKey, settings }) =>
    settings.notObeyed.map(
      (field) =>
        `Function ${functionKey}, msk event of topic ${settings.topic}, ${field}: is not obeyed locally yet; take it out to run offline`,
    ),
  )
  if (refused.length > 0) throw new SettingsError(refused)
}

/** Functions with a `kafka` event, which this version does not run. */
export const selfManagedFunctions = (service: ServiceLike): string[] =>
  service
    .getAllFunctions()
    .filter((key) => service.getFunction(key).events?.some(({ kafka }) => kafka !== undefined))

/** The group of a mapping that names none: the same over restarts, as AWS uses the mapping's own id. */
export const consumerGroupId = ({ function: { name }, settings }: MappingDefinition): string =>
  settings.consumerGroupId ?? `${name}-${settings.topic}`

/** Two mappings in one group would take each other's partitions. See https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html */
function sharedGroups(definitions: readonly MappingDefinition[]): string[] {
  const owners = new Map<string, MappingDefinition>()
  const refused: string[] = []
  for (const definition of definitions) {
    const group = consumerGroupId(definition)
    const owner = owners.get(group)
    owners.set(group, definition)
    if (owner === undefined) continue
    refused.push(
      `Function ${definition.functionKey}, msk event of topic ${definition.settings.topic}, consumerGroupId: ${group} belongs to the msk event of topic ${owner.settings.topic} of function ${owner.functionKey} already`,
    )
  }
  return refused
}
