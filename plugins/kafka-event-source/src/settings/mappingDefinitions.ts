import type { MappingDefinition, ServerlessLike, ServiceLike } from '../serverless/serverless.ts'
import type { EventKind } from './events.ts'
import { type MappingSettings, readEvent } from './settings.ts'
import { SettingsError } from './settingsError.ts'

/** Serverless' own default, in seconds. */
const DEFAULT_TIMEOUT_S = 6
const LONGEST_TIMEOUT_S = 14 * 60

const KINDS: readonly EventKind[] = ['msk', 'kafka']

export const functionTimeoutSeconds = (service: ServiceLike, functionKey: string): number =>
  service.getFunction(functionKey).timeout ?? service.provider.timeout ?? DEFAULT_TIMEOUT_S

/**
 * Every `msk` and `kafka` event of the service, in the order of serverless.yml.
 * @throws {SettingsError} all that AWS would refuse, each line with function, event and field
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
export function mappingDefinitions(
  serverless: Pick<ServerlessLike, 'service' | 'getProvider'>,
): MappingDefinition[] {
  const { service } = serverless
  const found: Found[] = []
  const refused: string[] = []

  for (const functionKey of service.getAllFunctions()) {
    const definition = service.getFunction(functionKey)
    for (const [index, event] of (definition.events ?? []).entries()) {
      for (const kind of KINDS) {
        if (event?.[kind] === undefined) continue
        const place = `Function ${functionKey}, event ${index} (${kind})`
        try {
          const read = readEvent(kind, event[kind], service.resources?.Resources)
          const logicalId = templateName(serverless, functionKey, read.settings)
          found.push({ place, functionKey, function: definition, logicalId, ...read })
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error
          refused.push(...error.problems.map((problem) => `${place}, ${problem}`))
        }
        if (functionTimeoutSeconds(service, functionKey) > LONGEST_TIMEOUT_S) {
          refused.push(`${place}: the function's timeout may be 14 minutes (${LONGEST_TIMEOUT_S} s) at most`)
        }
      }
    }
  }
  refused.push(...sameNames(found), ...sharedGroups(found), ...overfullPollerGroups(found))

  if (refused.length > 0) throw new SettingsError(refused)
  return found
}

type Found = MappingDefinition & { readonly place: string }

/** The group of a mapping that names none: the same over restarts, as AWS uses the mapping's own id. */
export const consumerGroupId = ({
  function: { name },
  settings,
}: Pick<MappingDefinition, 'function' | 'settings'>): string =>
  settings.consumerGroupId ?? `${name}-${settings.topic}`

function templateName(
  serverless: Pick<ServerlessLike, 'getProvider'>,
  functionKey: string,
  { arn, topic }: MappingSettings,
): string {
  const { naming } = serverless.getProvider('aws')
  return arn === undefined
    ? naming.getKafkaEventLogicalId(functionKey, topic)
    : naming.getMSKEventLogicalId(functionKey, clusterToken(arn), topic)
}

/** What Serverless names a mapping by: the cluster's name, or the name that stands for it. */
function clusterToken(arn: NonNullable<MappingSettings['arn']>): string {
  if (typeof arn === 'string') return arn.split('/')[1] ?? ''
  return 'Ref' in arn ? arn.Ref : arn['Fn::ImportValue']
}

/** Serverless names mappings by function, cluster and topic, with nothing but letters and digits: the second of a name would overwrite the first. */
function sameNames(found: readonly Found[]): string[] {
  return repeated(found, ({ logicalId }) => logicalId).map(
    ([first, { place, logicalId }]) =>
      `${place}, topic: Serverless gives this mapping and that of ${described(first)} one name, ${logicalId}; put one of them on another function`,
  )
}

/** Two mappings in one group would take each other's partitions. See https://docs.aws.amazon.com/lambda/latest/api/API_AmazonManagedKafkaEventSourceConfig.html */
function sharedGroups(found: readonly Found[]): string[] {
  return repeated(found, consumerGroupId).map(
    ([first, second]) =>
      `${second.place}, consumerGroupId: ${consumerGroupId(second)} is the group of ${described(first)} already`,
  )
}

/** See https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html */
function overfullPollerGroups(found: readonly Found[]): string[] {
  const groups = new Map<string, { mappings: number; pollers: number }>()
  const refused: string[] = []
  for (const { place, declared } of found) {
    const { pollerGroupName: name, maximumPollers = 0 } = declared.provisionedPollerConfig ?? {}
    if (name === undefined) continue
    const cluster = 'arn' in declared ? declared.arn : declared.bootstrapServers.toSorted()
    const key = JSON.stringify([name, cluster])
    const group = groups.get(key) ?? { mappings: 0, pollers: 0 }
    const grown = { mappings: group.mappings + 1, pollers: group.pollers + maximumPollers }
    groups.set(key, grown)
    if (grown.mappings > 100 || grown.pollers > 2_000) {
      refused.push(
        `${place}, provisionedPollerConfig.pollerGroupName: ${name} may have 100 mappings and 2000 maximumPollers in all, and has ${grown.mappings} and ${grown.pollers} with this one`,
      )
    }
  }
  return refused
}

/** Each mapping whose key an earlier one has, behind that earlier one. */
function repeated(
  found: readonly Found[],
  keyOf: (mapping: Found) => string,
): [first: Found, second: Found][] {
  const owners = new Map<string, Found>()
  const pairs: [Found, Found][] = []
  for (const mapping of found) {
    const owner = owners.get(keyOf(mapping))
    if (owner === undefined) owners.set(keyOf(mapping), mapping)
    else pairs.push([owner, mapping])
  }
  return pairs
}

/** `function payment, event 0 (msk)`, within a sentence. */
const described = ({ place }: Found): string => place.replace('Function', 'function')
