import type { Alternative, FieldCondition } from './alternatives.ts'
import { isObject, type Refuse, readCondition } from './conditions.ts'

/** The most that AWS allows; more than 5 are a quota to ask for. */
const MOST_PATTERNS = 10
/** Characters of a pattern's JSON text. */
const LONGEST_PATTERN = 4_096
/** Fields that Event Ruler takes in one alternative. */
const MOST_FIELDS = 256
/** Alternatives of one pattern; without a limit, a few `$or` beside each other make billions. */
const MOST_ALTERNATIVES = 1_000

/** The only key of a Kafka record that Lambda filters on. */
export const FILTERED_KEY = 'value'
const OR = '$or'

/** Words that cannot name a field within `$or`, so that nobody takes their condition for a field. */
const NOT_FIELDS_IN_OR = new Set(
  [
    'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex',
    'not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range',
    'ip-address-in-range ip-address-not-in-range',
  ].flatMap((words) => words.split(' ')),
)

export type FilterPattern = {
  /** What the record's value must be for the pattern to be asked. */
  readonly format: 'text' | 'json'
  /** One of them is enough. Names begin with `value`. */
  readonly alternatives: readonly Alternative[]
}

/** Patterns that cannot be used; one line for each problem. */
export class FilterPatternError extends Error {
  override readonly name = 'FilterPatternError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * What AWS would refuse in the `filterPatterns` of a mapping, and what can only be a mistake. Each problem begins with
 * the path of its field.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function filterProblems(patterns: unknown): string[] {
  const problems: string[] = []
  const refuse: Refuse = (path, problem) => problems.push(`${path}: ${problem}`)
  if (!Array.isArray(patterns) || patterns.length === 0 || patterns.length > MOST_PATTERNS) {
    refuse('filterPatterns', `must be a list of 1 to ${MOST_PATTERNS} patterns`)
  } else {
    for (const [index, pattern] of patterns.entries()) readPattern(pattern, `filterPatterns.${index}`, refuse)
  }
  return problems
}

/** @throws {FilterPatternError} for patterns with `filterProblems` */
export function readPatterns(patterns: readonly unknown[]): FilterPattern[] {
  const problems = filterProblems(patterns)
  if (problems.length > 0) throw new FilterPatternError(problems)
  return patterns.map((pattern) => readPattern(pattern, '', () => {}))
}

function readPattern(pattern: unknown, path: string, refuse: Refuse): FilterPattern {
  let alternatives: readonly Alternative[] = [new Map()]
  if (isObject(pattern)) {
    if (JSON.stringify(pattern).length > LONGEST_PATTERN) {
      refuse(path, `is longer than ${LONGEST_PATTERN} characters of JSON`)
    }
    alternatives = new PatternReader(refuse).object(
      pattern,
      { path, name: undefined, inOr: false },
      alternatives,
    )
  } else {
    refuse(path, 'must be an object, such as { value: { status: [pending] } }')
  }

  const names = new Set(alternatives.flatMap((alternative) => [...alternative.keys()]))
  const onText = names.has(FILTERED_KEY)
  if (onText && names.size > 1) {
    refuse(path, 'has conditions for plain text and for JSON; make it two patterns')
  }
  if (alternatives.some((alternative) => alternative.size > MOST_FIELDS)) {
    refuse(path, `has more than ${MOST_FIELDS} fields`)
  }
  return { format: onText ? 'text' : 'json', alternatives }
}

/** Where in a pattern: the path for problems, and the field that is spoken of. */
type Spot = { readonly path: string; readonly name: string | undefined; readonly inOr: boolean }

class PatternReader {
  readonly #refuse: Refuse

  constructor(refuse: Refuse) {
    this.#refuse = refuse
  }

  /** The alternatives, each with the conditions of an object added. */
  object(
    object: Readonly<Record<string, unknown>>,
    spot: Spot,
    alternatives: readonly Alternative[],
  ): readonly Alternative[] {
    const entries = Object.entries(object)
    if (entries.length === 0) this.#refuse(spot.path, 'must not be empty')
    return entries.reduce((before, [key, entry]) => this.#entry(key, entry, spot, before), alternatives)
  }

  #entry(
    key: string,
    entry: unknown,
    spot: Spot,
    alternatives: readonly Alternative[],
  ): readonly Alternative[] {
    const path = `${spot.path}.${key}`
    if (key === OR) return this.#or(entry, { ...spot, path }, alternatives)
    if (spot.name === undefined && key !== FILTERED_KEY) {
      this.#refuse(path, `AWS filters Kafka records on \`${FILTERED_KEY}\` only`)
      return alternatives
    }
    if (spot.inOr && NOT_FIELDS_IN_OR.has(key)) {
      this.#refuse(path, `is a word of the filter syntax and cannot name a field within ${OR}`)
      return alternatives
    }
    const name = spot.name === undefined ? key : `${spot.name}.${key}`
    if (isObject(entry)) return this.object(entry, { ...spot, path, name }, alternatives)
    const condition = this.#fieldCondition(entry, path)
    return alternatives.map((alternative) => new Map([...alternative, [name, condition]]))
  }

  #or(entry: unknown, spot: Spot, alternatives: readonly Alternative[]): readonly Alternative[] {
    if (!Array.isArray(entry) || entry.length < 2 || !entry.every(isObject)) {
      this.#refuse(spot.path, 'must be a list of two or more objects')
      return alternatives
    }
    const all = entry.flatMap((object, index) =>
      this.object(object, { ...spot, path: `${spot.path}.${index}`, inOr: true }, alternatives),
    )
    if (all.length <= MOST_ALTERNATIVES) return all
    this.#refuse(spot.path, `makes more than ${MOST_ALTERNATIVES} combinations`)
    return alternatives
  }

  #fieldCondition(entry: unknown, path: string): FieldCondition {
    if (!Array.isArray(entry)) this.#refuse(path, 'must be a list of values or conditions')
    else if (entry.length === 0) this.#refuse(path, 'must not be empty')
    else return readCondition(entry, path, this.#refuse)
    return { absent: false, fits: () => false }
  }
}
