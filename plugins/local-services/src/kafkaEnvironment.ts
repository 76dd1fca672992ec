import { AUTHENTICATION_VARIABLES } from '../../../shared/kafka/authentication/index.ts'

/** What says where Kafka is and how to authenticate there, to the functions and to other plugins. */
const NAMES: readonly string[] = ['KAFKA_BROKERS', ...AUTHENTICATION_VARIABLES]

type Environment = Readonly<Record<string, unknown>>

interface ServiceEnvironments {
  readonly provider: { environment?: Environment }
  readonly functions?: Readonly<Record<string, { environment?: Environment }>>
}

/** Of our own broker, which asks for nothing. */
export const ownBroker = (brokers: string): Record<string, string> => ({
  KAFKA_BROKERS: brokers,
  KAFKA_AUTH: 'none',
})

/** Of the cluster that KAFKA_BROKERS names: all that `env` says of it. */
export const clusterOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(NAMES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))

/**
 * Makes `values` what all functions of the service and all plugins in this process see of Kafka. What serverless.yml says of
 * it is for AWS: the ARN of a secret there, or the brokers as an attribute of the stack.
 */
export function publishKafka(
  values: Readonly<Record<string, string>>,
  { provider, functions = {} }: ServiceEnvironments,
  env: NodeJS.ProcessEnv,
): void {
  for (const name of NAMES) delete env[name]
  Object.assign(env, values)
  provider.environment = { ...withoutKafka(provider.environment), ...values }
  for (const definition of Object.values(functions)) {
    if (definition.environment) definition.environment = withoutKafka(definition.environment)
  }
}

const withoutKafka = (environment: Environment = {}): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !NAMES.includes(name)))
