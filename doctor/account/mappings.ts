import type { EventSourceMappingConfiguration, ProvisionedPollerConfig } from '@aws-sdk/client-lambda'
import { broken, type Finding, ok, warning } from '../finding.ts'
import { explain, isWell } from '../mappingErrors.ts'
import { nameInArn } from './functions.ts'

/** The findings on one mapping: one on its state, and one on what it last met with, if that was trouble. */
export function mappingFindings(mapping: EventSourceMappingConfiguration): Finding[] {
  const { FunctionArn = '', Topics = [], UUID = '' } = mapping
  const subject = `mapping ${nameInArn(FunctionArn)}`
  const told = `${Topics.join(', ')} (${UUID})`
  return [stateFinding(subject, told, mapping), ...resultFindings(subject, mapping)]
}

function stateFinding(subject: string, told: string, mapping: EventSourceMappingConfiguration): Finding {
  const { State = '', StateTransitionReason = '', ProvisionedPollerConfig: pollers, UUID } = mapping
  if (State !== 'Enabled') {
    const reason = `${State} from ${told}: ${StateTransitionReason || 'no reason given'}`
    if (/^(Creating|Enabling|Updating)$/.test(State)) {
      return warning(subject, reason, 'Wait some minutes until it is Enabled.')
    }
    return broken(
      subject,
      reason,
      curesFor(StateTransitionReason) ??
        `Switch it on: aws lambda update-event-source-mapping --enabled --uuid ${UUID}`,
    )
  }
  if (!pollers) {
    return warning(
      subject,
      `Enabled from ${told}, without provisioned pollers: its retries end only with the topic's retention, and failed ` +
        'records go nowhere.',
      'Give its event in serverless.yml a provisionedPollerConfig, and deploy.',
    )
  }
  return ok(subject, `Enabled from ${told}, pollers: ${range(pollers)}`)
}

function range({ MinimumPollers, MaximumPollers }: ProvisionedPollerConfig): string {
  return MinimumPollers === MaximumPollers ? `${MaximumPollers}` : `${MinimumPollers} to ${MaximumPollers}`
}

function resultFindings(
  subject: string,
  { LastProcessingResult }: EventSourceMappingConfiguration,
): Finding[] {
  if (isWell(LastProcessingResult)) return []
  return [
    broken(
      subject,
      LastProcessingResult ?? '',
      curesFor(LastProcessingResult ?? '') ??
        'Look into the log of the function; the poller writes there as well, with a log level set on the mapping.',
    ),
  ]
}

/** What docs/deploy.md says to these words; undefined when it has none like them. */
function curesFor(words: string): string | undefined {
  const causes = explain(words)
  return causes.length === 0
    ? undefined
    : causes.map(({ cause, cure, page }) => `${cause}\n${cure}\n${page}`).join('\n')
}
