import { mappingDefinitions } from './mappingDefinitions.ts'
import type { ServerlessLike } from './serverless.ts'
import type { MappingSettings } from './settings.ts'

/** Settings of an `msk` event that Serverless does not know by itself, as its configuration check wants them. */
const MSK_EVENT_PROPERTIES = {
  properties: { functionResponseType: { enum: ['ReportBatchItemFailures'] } },
}

const CUSTOM_PROPERTIES = {
  properties: {
    kafkaEventSource: {
      type: 'object',
      properties: {
        brokers: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
        tls: { type: 'boolean' },
      },
      additionalProperties: false,
    },
  },
}

/** Teaches Serverless the plugin's own keys, so that a misspelt one stops every command. */
export function defineConfiguration({ configSchemaHandler }: ServerlessLike): void {
  configSchemaHandler.defineFunctionEventProperties('aws', 'msk', MSK_EVENT_PROPERTIES)
  configSchemaHandler.defineCustomProperties(CUSTOM_PROPERTIES)
}

/**
 * Writes into each mapping of the template what Serverless leaves out.
 * @throws {SettingsError} what AWS would refuse
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html
 */
export function completeTemplate(serverless: ServerlessLike): void {
  const resources = serverless.service.provider.compiledCloudFormationTemplate?.Resources ?? {}
  const { naming } = serverless.getProvider('aws')

  for (const { functionKey, settings } of mappingDefinitions(serverless.service)) {
    const id = naming.getMSKEventLogicalId(functionKey, clusterToken(settings), settings.topic)
    const mapping = resources[id]
    if (mapping === undefined) throw new Error(`The template has no mapping ${id}`)

    if (settings.reportsFailures) mapping.Properties.FunctionResponseTypes = ['ReportBatchItemFailures']
    // Serverless drops 0 as if it were left out, and left out means 500 ms.
    if (settings.batchingWindowMs === 0) mapping.Properties.MaximumBatchingWindowInSeconds = 0
  }
}

/** What Serverless names a mapping by: the cluster's name, or the name that stands for it. */
function clusterToken({ arn }: MappingSettings): string {
  if (typeof arn === 'string') return arn.split('/')[1] ?? ''
  return 'Ref' in arn ? arn.Ref : arn['Fn::ImportValue']
}
