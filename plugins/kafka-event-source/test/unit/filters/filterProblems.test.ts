import { expect, it } from '@jest/globals'
import { filterProblems } from '../../../src/filters/index.ts'

const LIST = 'must be a list of values or conditions'
const LEAF = 'must be a string, a number, true, false, null or one condition'
const ONE_OPERATOR = 'must have one operator, such as { prefix: a }'
const NUMERIC = 'must be such as ["=", 5], [">", 5], ["<=", 10] or [">=", 5, "<", 10]'
const RANGE = 'is a range whose lower end is not below its upper end'
const ANYTHING_BUT = 'must be strings or numbers, one or a list of one kind'
const NOT_LAMBDA = 'is an operator of EventBridge that Lambda does not have'
const OR = 'must be a list of two or more objects'
const RESERVED = 'is a word of the filter syntax and cannot name a field within $or'
const ONLY_VALUE = 'AWS filters Kafka records on `value` only'

it.each<[unknown, string]>([
  [{}, 'filterPatterns.0: must not be empty'],
  ['text', 'filterPatterns.0: must be an object, such as { value: { status: [pending] } }'],
  [null, 'filterPatterns.0: must be an object, such as { value: { status: [pending] } }'],
  [{ key: ['x'] }, `filterPatterns.0.key: ${ONLY_VALUE}`],
  [{ value: ['x'], headers: ['x'] }, `filterPatterns.0.headers: ${ONLY_VALUE}`],
  [{ 'value.a': ['x'] }, `filterPatterns.0.value.a: ${ONLY_VALUE}`],
  [{ $or: [{ value: ['x'] }, { topic: ['x'] }] }, `filterPatterns.0.$or.1.topic: ${ONLY_VALUE}`],
  [{ value: {} }, 'filterPatterns.0.value: must not be empty'],
  [{ value: [] }, 'filterPatterns.0.value: must not be empty'],
  [{ value: 'x' }, `filterPatterns.0.value: ${LIST}`],
  [{ value: null }, `filterPatterns.0.value: ${LIST}`],
  [{ value: { status: 'pending' } }, `filterPatterns.0.value.status: ${LIST}`],
  [{ value: { a: { b: [] } } }, 'filterPatterns.0.value.a.b: must not be empty'],
  [{ value: [['x']] }, `filterPatterns.0.value.0: ${LEAF}`],
  [{ value: ['x', undefined] }, `filterPatterns.0.value.1: ${LEAF}`],
  [{ value: { a: [Number.POSITIVE_INFINITY] } }, `filterPatterns.0.value.a.0: ${LEAF}`],
  [{ value: [new Date(0)] }, 'filterPatterns.0.value.0: is a date; put it in quotes to mean the string'],
  [{ value: new Date(0) }, `filterPatterns.0.value: ${LIST}`],
  [{ value: [{}] }, `filterPatterns.0.value.0: ${ONE_OPERATOR}`],
  [{ value: [{ prefix: 'a', suffix: 'b' }] }, `filterPatterns.0.value.0: ${ONE_OPERATOR}`],
  [{ value: [{ wildcard: 'a*' }] }, `filterPatterns.0.value.0.wildcard: ${NOT_LAMBDA}`],
  [{ value: [{ cidr: '10.0.0.0/8' }] }, `filterPatterns.0.value.0.cidr: ${NOT_LAMBDA}`],
  [{ value: [{ exactly: 'a' }] }, `filterPatterns.0.value.0.exactly: ${NOT_LAMBDA}`],
  [
    { value: [{ toString: 'a' }] },
    'filterPatterns.0.value.0.toString: is not an operator; there are ' +
      'prefix, suffix, equals-ignore-case, anything-but, numeric, exists',
  ],
  [{ value: [{ prefix: 5 }] }, 'filterPatterns.0.value.0.prefix: must be a string'],
  [{ value: [{ suffix: ['x'] }] }, 'filterPatterns.0.value.0.suffix: must be a string'],
  [
    { value: [{ 'equals-ignore-case': null }] },
    'filterPatterns.0.value.0.equals-ignore-case: must be a string',
  ],
  [
    { value: [{ prefix: { suffix: 'x' } }] },
    'filterPatterns.0.value.0.prefix: must be a string or { equals-ignore-case: a string }',
  ],
  [
    { value: [{ suffix: { 'equals-ignore-case': 5 } }] },
    'filterPatterns.0.value.0.suffix.equals-ignore-case: must be a string',
  ],
  [{ value: [{ 'anything-but': [] }] }, `filterPatterns.0.value.0.anything-but: ${ANYTHING_BUT}`],
  [{ value: [{ 'anything-but': ['x', 5] }] }, `filterPatterns.0.value.0.anything-but: ${ANYTHING_BUT}`],
  [{ value: [{ 'anything-but': null }] }, `filterPatterns.0.value.0.anything-but: ${ANYTHING_BUT}`],
  [{ value: [{ 'anything-but': [true] }] }, `filterPatterns.0.value.0.anything-but: ${ANYTHING_BUT}`],
  [
    { value: [{ 'anything-but': { prefix: 'x' } }] },
    'filterPatterns.0.value.0.anything-but: ' +
      'must be a value or a list; EventBridge has operators within it, Lambda does not',
  ],
  [{ value: [{ exists: 'true' }] }, 'filterPatterns.0.value.0.exists: must be true or false'],
  [{ value: [{ numeric: 5 }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: [] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['='] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['=', '5'] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['=', 5, '<', 6] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['<', 5, '>', 1] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['>', 5, '>', 6] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['>', 5, '<'] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['>', 5, '<', 6, '<', 7] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['!=', 5] }] }, `filterPatterns.0.value.0.numeric: ${NUMERIC}`],
  [{ value: [{ numeric: ['>', 6, '<', 5] }] }, `filterPatterns.0.value.0.numeric: ${RANGE}`],
  [{ value: [{ numeric: ['>=', 5, '<=', 5] }] }, `filterPatterns.0.value.0.numeric: ${RANGE}`],
  [{ value: [{ numeric: ['>', Number.MAX_VALUE] }] }, `filterPatterns.0.value.0.numeric: ${RANGE}`],
  [{ value: { $or: { a: ['x'] } } }, `filterPatterns.0.value.$or: ${OR}`],
  [{ value: { $or: [{ a: ['x'] }] } }, `filterPatterns.0.value.$or: ${OR}`],
  [{ value: { $or: ['a', 'b'] } }, `filterPatterns.0.value.$or: ${OR}`],
  [{ value: { $or: [{ a: ['x'] }, {}] } }, 'filterPatterns.0.value.$or.1: must not be empty'],
  [{ value: { $or: [{ a: ['x'] }, { b: 'x' }] } }, `filterPatterns.0.value.$or.1.b: ${LIST}`],
  [{ value: { $or: [{ a: ['x'] }, { prefix: 'x' }] } }, `filterPatterns.0.value.$or.1.prefix: ${RESERVED}`],
  [{ value: { $or: [{ a: ['x'] }, { b: { '=': [1] } }] } }, `filterPatterns.0.value.$or.1.b.=: ${RESERVED}`],
  [
    { $or: [{ value: ['x'] }, { value: { a: ['x'] } }] },
    'filterPatterns.0: has conditions for plain text and for JSON; make it two patterns',
  ],
  [{ value: ['x'.repeat(4_096)] }, 'filterPatterns.0: is longer than 4096 characters of JSON'],
  [
    { value: Object.fromEntries(Array.from({ length: 257 }, (_, index) => [index, [1]])) },
    'filterPatterns.0: has more than 256 fields',
  ],
])('refuses %j', (pattern, problem) => {
  expect(filterProblems([pattern])).toEqual([problem])
})

it.each<[unknown]>([
  [{ value: ['x', '', 5, true, false, null] }],
  [{ value: { a: [{ prefix: '' }, { suffix: { 'equals-ignore-case': '' } }, { exists: false }] } }],
  [{ value: { a: [{ numeric: ['<', -5] }, { numeric: ['>=', 5, '<', 6] }, { 'anything-but': 5 }] } }],
  [{ value: { a: { $or: [{ b: [1] }, { c: [2], $or: [{ d: [3] }, { e: { f: [4] } }] }] } } }],
  [{ $or: [{ value: { a: [1] } }, { value: { b: [2] } }] }],
  [{ value: { prefix: ['x'], exists: { numeric: ['x'] } } }],
  [{ value: [`${'x'.repeat(4_096 - '{"value":[""]}'.length)}`] }],
])('takes %j', (pattern) => {
  expect(filterProblems([pattern])).toEqual([])
})

it.each<[string, unknown]>([
  ['no list', { value: ['x'] }],
  ['none', []],
  ['more than 10', Array(11).fill({ value: ['x'] })],
])('refuses another number of patterns than 1 to 10: %s', (_, patterns) => {
  expect(filterProblems(patterns)).toEqual(['filterPatterns: must be a list of 1 to 10 patterns'])
})

it('takes 10 patterns', () => {
  expect(filterProblems(Array(10).fill({ value: ['x'] }))).toEqual([])
})

it('names all problems, each with its own path', () => {
  expect(
    filterProblems([{ value: { a: 'x', b: [{ exists: 1 }] } }, { value: ['x'] }, { topic: ['x'] }]),
  ).toEqual([
    `filterPatterns.0.value.a: ${LIST}`,
    'filterPatterns.0.value.b.0.exists: must be true or false',
    `filterPatterns.2.topic: ${ONLY_VALUE}`,
  ])
})

it('refuses patterns whose $or make too many combinations', () => {
  const fields = Array.from({ length: 10 }, (_, index) => [index, { $or: [{ a: [1] }, { b: [1] }] }])

  expect(filterProblems([{ value: Object.fromEntries(fields) }])).toEqual([
    'filterPatterns.0.value.9.$or: makes more than 1000 combinations',
  ])
})
