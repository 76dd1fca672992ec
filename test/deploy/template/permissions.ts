import type { Evaluated } from './evaluate.ts'

export interface Statement {
  Effect: 'Allow' | 'Deny'
  Action: string | string[]
  Resource: string | string[]
  Condition?: object
}

export interface PolicyDocument {
  Version: string
  Statement: Statement[]
}

/** The policies of every role, by `Role/policy`. */
export function policiesOf({ resources }: Evaluated): Record<string, PolicyDocument> {
  return Object.fromEntries(
    Object.entries(resources)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      .flatMap(([id, { Properties }]) =>
        (Properties.Policies as { PolicyName: string; PolicyDocument: PolicyDocument }[]).map((policy) => [
          `${id}/${policy.PolicyName}`,
          policy.PolicyDocument,
        ]),
      ),
  )
}

/** What a role may do: `action resource`, each pair once, sorted. */
export function allowedTo(template: Evaluated, role: string): string[] {
  const pairs = Object.entries(policiesOf(template))
    .filter(([name]) => name.startsWith(`${role}/`))
    .flatMap(([, { Statement }]) => Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}`)),
    )
  return [...new Set(pairs)].sort()
}
