import * as z from 'zod'

/** A whole number; one text for all that can be wrong with it. */
export const wholeNumber = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`
  return z.preprocess(fromText, z.int(error).min(least, error).max(most, error))
}

export const trueOrFalse = () => z.preprocess(fromText, z.boolean())

/** Variables such as `${env:RETRIES}` are text. Serverless reads them so for the settings that it knows. */
export function fromText(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
}

export const text = (longest: number, form: RegExp, error: string) =>
  z.string().max(longest, `must have ${longest} characters at most`).regex(form, `must be ${error}`)

// Of two characters at least, says AWS.
export const topicName = text(
  249,
  /^[\w-][\w.-]+$/,
  'two or more letters, digits, dots, hyphens and underscores, without a dot in front',
)

export const reference = z.custom<Readonly<Record<string, unknown>>>(isReference)

export const secretArn = text(
  200,
  /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d+:secret:[\w/+=.@-]+$/,
  'the ARN of a secret in Secrets Manager',
)

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `Ref`, `Fn::GetAtt` and the like: a map of one key. */
export function isReference(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isMap(value)) return false
  const [name, another] = Object.keys(value)
  return another === undefined && (name === 'Ref' || name?.startsWith('Fn::') === true)
}
