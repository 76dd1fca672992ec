import type { FieldCondition } from './alternatives.ts'
import { inAnyCase } from './ignoreCase.ts'
import { ipAddress } from './ipAddress.ts'
import type { Leaf } from './leaves.ts'

/** Takes a problem with the path of its field. */
export type Refuse = (path: string, problem: string) => void

type Fits = (leaf: Leaf) => boolean

/** Reads what an operator says; undefined: it was refused. */
type ReadOperator = (operand: unknown, path: string, refuse: Refuse) => Fits | undefined

const IGNORE_CASE = 'equals-ignore-case'

/** Lambda's operators, but for `exists`. */
const OPERATORS: Readonly<Record<string, ReadOperator>> = {
  prefix: (operand, path, refuse) =>
    isObject(operand)
      ? ignoreCaseWithin(operand, path, refuse, (source) => `^${source}`)
      : textOperator(operand, path, refuse, (text) => (leaf) => leaf.startsWith(text)),
  suffix: (operand, path, refuse) =>
    isObject(operand)
      ? ignoreCaseWithin(operand, path, refuse, (source) => `${source}$`)
      : textOperator(operand, path, refuse, (text) => (leaf) => leaf.endsWith(text)),
  [IGNORE_CASE]: (operand, path, refuse) =>
    textOperator(operand, path, refuse, (text) => matching(`^${inAnyCase(text)}$`)),
  'anything-but': anythingBut,
  numeric,
}

/** What Event Ruler knows and Lambda does not list. */
const OTHER_OPERATORS = new Set(['wildcard', 'cidr', 'exactly'])

/**
 * Reads the list of a field, of which one entry is enough.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export function readCondition(list: readonly unknown[], path: string, refuse: Refuse): FieldCondition {
  const leaves = new Set<Leaf>()
  const addresses = new Set<string>()
  const others: Fits[] = []
  let absent = false

  list.forEach((entry, index) => {
    const at = `${path}.${index}`
    if (isObject(entry)) {
      const condition = readEntry(entry, at, refuse)
      if (condition === 'absent') absent = true
      else if (condition !== undefined) others.push(condition)
    } else if (isLeaf(entry)) {
      const address = typeof entry === 'string' ? ipAddress(entry) : undefined
      if (address === undefined) leaves.add(entry)
      else addresses.add(address)
    } else {
      refuse(at, notALeaf(entry))
    }
  })

  if (leaves.size > 0) others.push((leaf) => leaves.has(leaf))
  if (addresses.size > 0) {
    others.push((leaf) => {
      const address = typeof leaf === 'string' ? ipAddress(leaf) : undefined
      return address !== undefined && addresses.has(address)
    })
  }
  const [only, ...rest] = others
  const fits: Fits =
    only !== undefined && rest.length === 0 ? only : (leaf) => others.some((other) => other(leaf))
  return { absent, fits }
}

function readEntry(
  entry: Readonly<Record<string, unknown>>,
  path: string,
  refuse: Refuse,
): Fits | 'absent' | undefined {
  const [operator, ...more] = Object.keys(entry)
  if (operator === undefined || more.length > 0) {
    refuse(path, 'must have one operator, such as { prefix: a }')
    return undefined
  }
  const at = `${path}.${operator}`
  const operand = entry[operator]
  if (operator === 'exists') {
    if (operand === true) return () => true
    if (operand === false) return 'absent'
    refuse(at, 'must be true or false')
    return undefined
  }
  if (Object.hasOwn(OPERATORS, operator)) return OPERATORS[operator]?.(operand, at, refuse)
  refuse(
    at,
    OTHER_OPERATORS.has(operator)
      ? 'is an operator of EventBridge that Lambda does not have'
      : `is not an operator; there are ${[...Object.keys(OPERATORS), 'exists'].join(', ')}`,
  )
  return undefined
}

function textOperator(
  operand: unknown,
  path: string,
  refuse: Refuse,
  compile: (text: string) => (leaf: string) => boolean,
): Fits | undefined {
  if (typeof operand !== 'string') {
    refuse(path, 'must be a string')
    return undefined
  }
  const fits = compile(operand)
  return (leaf) => typeof leaf === 'string' && fits(leaf)
}

function ignoreCaseWithin(
  operand: Readonly<Record<string, unknown>>,
  path: string,
  refuse: Refuse,
  anchored: (source: string) => string,
): Fits | undefined {
  const keys = Object.keys(operand)
  if (keys.length !== 1 || keys[0] !== IGNORE_CASE) {
    refuse(path, `must be a string or { ${IGNORE_CASE}: a string }`)
    return undefined
  }
  return textOperator(operand[IGNORE_CASE], `${path}.${IGNORE_CASE}`, refuse, (text) =>
    matching(anchored(inAnyCase(text))),
  )
}

function matching(source: string): (text: string) => boolean {
  const expression = new RegExp(source)
  return (text) => expression.test(text)
}

function anythingBut(operand: unknown, path: string, refuse: Refuse): Fits | undefined {
  if (isObject(operand)) {
    refuse(path, 'must be a value or a list; EventBridge has operators within it, Lambda does not')
    return undefined
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand]
  const areTexts = values.every((value) => typeof value === 'string')
  if (values.length === 0 || !(areTexts || values.every(isNumber))) {
    refuse(path, 'must be strings or numbers, one or a list of one kind')
    return undefined
  }
  const excluded = new Set<unknown>(values)
  return (leaf) => !excluded.has(leaf)
}

function numeric(operand: unknown, path: string, refuse: Refuse): Fits | undefined {
  const terms: readonly unknown[] = Array.isArray(operand) ? operand : []
  const [operator, number] = terms
  if (terms.length === 2 && operator === '=' && isNumber(number)) return (leaf) => leaf === number

  const range = readRange(terms)
  if (range === undefined) {
    refuse(path, 'must be such as ["=", 5], [">", 5], ["<=", 10] or [">=", 5, "<", 10]')
    return undefined
  }
  const { least, most, withLeast, withMost } = range
  if (least >= most) {
    refuse(path, 'is a range whose lower end is not below its upper end')
    return undefined
  }
  return (leaf) =>
    typeof leaf === 'number' &&
    (withLeast ? leaf >= least : leaf > least) &&
    (withMost ? leaf <= most : leaf < most)
}

type Range = {
  readonly least: number
  readonly withLeast: boolean
  readonly most: number
  readonly withMost: boolean
}

function readRange(terms: readonly unknown[]): Range | undefined {
  const startsBelow = terms[0] === '>' || terms[0] === '>='
  const lower = startsBelow ? terms.slice(0, 2) : ['>=', -Number.MAX_VALUE]
  const rest = startsBelow ? terms.slice(2) : terms
  const upper = startsBelow && rest.length === 0 ? ['<=', Number.MAX_VALUE] : rest
  const [least, most] = [lower[1], upper[1]]
  if (upper.length !== 2 || (upper[0] !== '<' && upper[0] !== '<=')) return undefined
  if (!isNumber(least) || !isNumber(most)) return undefined
  return { least, withLeast: lower[0] === '>=', most, withMost: upper[0] === '<=' }
}

/** A finite number: others become null on the way to AWS. */
const isNumber = (value: unknown): value is number => Number.isFinite(value)

const isLeaf = (value: unknown): value is Leaf =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || isNumber(value)

function notALeaf(value: unknown): string {
  if (value instanceof Date) return 'is a date; put it in quotes to mean the string'
  return 'must be a string, a number, true, false, null or one condition'
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
