export type Fields = Record<string, unknown>

/** A part of a template as an object; anything else is one without fields. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
