import { WorkProcess, type WorkProcessOptions } from '../WorkProcess.ts'
import type { Done, EnvironmentsSettings, Work } from './environmentsProcess.ts'

/** Execution environments of createOrder, or producers of KafkaJS alone, in one process of their own. */
export type Environments = WorkProcess<Work, Done>

export interface EnvironmentsOptions extends EnvironmentsSettings, Pick<WorkProcessOptions, 'output'> {
  brokers: string
}

export const startEnvironments = ({
  brokers,
  output = 'ignore',
  ...settings
}: EnvironmentsOptions): Promise<Environments> =>
  WorkProcess.start(new URL('environmentsProcess.ts', import.meta.url), {
    settings,
    output,
    env: { KAFKA_BROKERS: brokers },
  })
