import type { Evaluated } from './evaluate.ts'
import type { Resource } from './template.ts'

/** The functions of serverless.yml. */
export const FUNCTIONS = ['createOrder', 'payment', 'notification', 'bootstrapBrokers'] as const

export type FunctionName = (typeof FUNCTIONS)[number]

/** The logical id that Serverless makes of a function's name: `payment`, `LogGroup` -> `PaymentLogGroup`. */
export const idOf = (name: FunctionName, what: 'LambdaFunction' | 'LogGroup' | 'Role'): string =>
  `${name[0]?.toUpperCase()}${name.slice(1)}${what}`

/** @throws Error if there is none */
export function resourceOf({ resources }: Evaluated, id: string): Resource {
  const resource = resources[id]
  if (!resource) throw new Error(`There is no ${id}`)
  return resource
}

/** @throws Error if there is no such resource */
export const propertiesOf = (template: Evaluated, id: string): Resource['Properties'] =>
  resourceOf(template, id).Properties

/** The properties of all resources of a type, by logical id. */
export const ofType = ({ resources }: Evaluated, type: string): Map<string, Resource['Properties']> =>
  new Map(
    Object.entries(resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => [id, Properties]),
  )
