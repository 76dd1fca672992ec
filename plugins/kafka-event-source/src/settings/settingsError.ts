import type * as z from 'zod'

/** Settings that cannot be used; one line for each problem. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export type Cause = { readonly path: PropertyKey[]; readonly message: string }

/** What is wrong and where: one cause for each unknown key. */
export const causes = ({ issues }: z.core.$ZodError): Cause[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a setting' }))
      : [issue],
  )

/** `destinations.onFailure: is missing`, each below `parent` if that is given. */
export const reportedProblems = (error: z.core.$ZodError, parent?: string): string[] =>
  causes(error).map(({ path, message }) => {
    const field = [...(parent === undefined ? [] : [parent]), ...path].join('.')
    return field === '' ? message : `${field}: ${message}`
  })

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
}

/** What zod finds wrong, in words for who wrote serverless.yml. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`
  }
  if (issue.code === 'invalid_value') return `must be ${issue.values.join(' or ')}`
  if (issue.code === 'too_small') {
    return issue.origin === 'array' ? 'must have one at least' : `must be ${issue.minimum} at least`
  }
  if (issue.code === 'too_big') return `must be ${issue.maximum} at most`
  return undefined
}
