import { describe, expect, it } from '@jest/globals'
import { recordFilter } from '../../../src/filters/index.ts'

/** The rule, the pattern below `value`, a record's value, whether it is delivered. */
type Row = [rule: string, pattern: unknown, value: string, delivered: boolean]

const delivers = (value: Buffer | string | null, ...patterns: unknown[]): boolean =>
  recordFilter(patterns.map((pattern) => ({ value: pattern })))(
    typeof value === 'string' ? Buffer.from(value) : value,
  )

const rows = (table: Row[]) =>
  it.each(table)('%s: %j, %s', (_, pattern, value, delivered) => {
    expect(delivers(value, pattern)).toBe(delivered)
  })

describe('a condition on a field', () => {
  const a = (...list: unknown[]) => ({ a: list })

  rows([
    ['a string equals itself', a('x'), '{"a":"x"}', true],
    ['a string equals nothing else', a('x'), '{"a":"xy"}', false],
    ['a string is exact in its case', a('x'), '{"a":"X"}', false],
    ['a string may be escaped in the data', a('é'), '{"\\u0061":"\\u00e9"}', true],
    ['a string is not normalized', a('é'), '{"a":"e\u0301"}', false],
    ['a string is no number', a('5'), '{"a":5}', false],
    ['a number is no string', a(5), '{"a":"5"}', false],
    ['a number equals any spelling: fraction', a(300), '{"a":300.0}', true],
    ['a number equals any spelling: exponent', a(300), '{"a":3.0e2}', true],
    ['a number equals no other', a(300), '{"a":300.1}', false],
    ['zero has no sign', a(0), '{"a":-0}', true],
    ['zero has no exponent', a(0), '{"a":0e5}', true],
    ['zero has no digits', a(0), '{"a":0.00000000000000000}', true],
    ['a number that no double holds equals none', a(2 ** 53), '{"a":9007199254740993}', false],
    ['a number that rounds to zero is not zero', a(0), '{"a":1e-400}', false],
    ['true equals true', a(true), '{"a":true}', true],
    ['true equals no string', a(true), '{"a":"true"}', false],
    ['false equals false', a(false), '{"a":false}', true],
    ['null equals null', a(null), '{"a":null}', true],
    ['null is not missing', a(null), '{}', false],
    ['null is not empty', a(null), '{"a":""}', false],
    ['empty equals the empty string', a(''), '{"a":""}', true],
    ['empty is not null', a(''), '{"a":null}', false],
    ['one value of several is enough', a('x', 5), '{"a":5}', true],
    ['one of several must fit', a('x', 5), '{"a":6}', false],
    ['IP addresses are compared as addresses', a('::1'), '{"a":"0:0:0:0:0:0:0:1"}', true],
    ['IP addresses: version 4 in version 6', a('10.0.0.1'), '{"a":"::ffff:a00:1"}', true],
    ['IP addresses: others do not fit', a('10.0.0.1'), '{"a":"10.0.0.2"}', false],
    ['IP addresses: :: stands for a group at least', a('1:2:3:4:5:6:7:8'), '{"a":"1:2:3:4::5:6:7:8"}', false],
    ['IP addresses: not longer than 15', a('10.0.0.1'), '{"a":"00000010.00.00.1"}', false],
    ['what only looks like an IP address is text', a('12:30'), '{"a":"012:30"}', false],
    ['a field that is not there fits no value', a('x'), '{"b":"x"}', false],
    ['an object fits no value', a('x'), '{"a":{"x":"x"}}', false],

    ['prefix', a({ prefix: 'us-' }), '{"a":"us-east-1"}', true],
    ['prefix: of all', a({ prefix: 'us-' }), '{"a":"us-"}', true],
    ['prefix: not elsewhere', a({ prefix: 'us-' }), '{"a":"aus-1"}', false],
    ['prefix: of strings only', a({ prefix: '' }), '{"a":5}', false],
    ['prefix in any case', a({ prefix: { 'equals-ignore-case': 'Us-' } }), '{"a":"uS-1"}', true],
    ['prefix in any case: not elsewhere', a({ prefix: { 'equals-ignore-case': 's' } }), '{"a":"uS"}', false],
    ['suffix', a({ suffix: '.png' }), '{"a":"x.png"}', true],
    ['suffix: not elsewhere', a({ suffix: '.png' }), '{"a":".pngx"}', false],
    ['suffix: of strings only', a({ suffix: '' }), '{"a":true}', false],
    ['suffix in any case', a({ suffix: { 'equals-ignore-case': '.Png' } }), '{"a":"x.pNG"}', true],
    ['suffix in any case: not elsewhere', a({ suffix: { 'equals-ignore-case': 'p' } }), '{"a":"Px"}', false],
    ['equals-ignore-case', a({ 'equals-ignore-case': 'aLice' }), '{"a":"Alice"}', true],
    ['equals-ignore-case: all of it', a({ 'equals-ignore-case': 'alice' }), '{"a":"Alice!"}', false],
    ['equals-ignore-case: no pattern language', a({ 'equals-ignore-case': 'a.c' }), '{"a":"abc"}', false],
    ['equals-ignore-case: cases of other lengths', a({ 'equals-ignore-case': 'ß' }), '{"a":"SS"}', true],
    ['equals-ignore-case: units, one by one', a({ 'equals-ignore-case': '😀' }), '{"a":"😀"}', false],

    ['anything-but', a({ 'anything-but': ['x', 'y'] }), '{"a":"z"}', true],
    ['anything-but: not what it lists', a({ 'anything-but': ['x', 'y'] }), '{"a":"y"}', false],
    ['anything-but: one value', a({ 'anything-but': 'x' }), '{"a":"x"}', false],
    ['anything-but: null is something else', a({ 'anything-but': ['x'] }), '{"a":null}', true],
    ['anything-but: a number is something else', a({ 'anything-but': ['5'] }), '{"a":5}', true],
    ['anything-but: a number in any spelling', a({ 'anything-but': [5] }), '{"a":5.0}', false],
    ['anything-but: one number', a({ 'anything-but': 5 }), '{"a":6}', true],
    ['anything-but: the field must be there', a({ 'anything-but': ['x'] }), '{"b":"y"}', false],
    [
      'anything-but: one element that differs is enough',
      a({ 'anything-but': ['x'] }),
      '{"a":["x","y"]}',
      true,
    ],

    ['numeric =', a({ numeric: ['=', 100] }), '{"a":1e2}', true],
    ['numeric =: not others', a({ numeric: ['=', 100] }), '{"a":101}', false],
    ['numeric >', a({ numeric: ['>', 5] }), '{"a":5.01}', true],
    ['numeric >: not the end', a({ numeric: ['>', 5] }), '{"a":5}', false],
    ['numeric >=', a({ numeric: ['>=', 5] }), '{"a":5}', true],
    ['numeric >=: not below', a({ numeric: ['>=', 5] }), '{"a":4.9}', false],
    ['numeric <', a({ numeric: ['<', 5] }), '{"a":-1e300}', true],
    ['numeric <: not the end', a({ numeric: ['<', 5] }), '{"a":5}', false],
    ['numeric <=', a({ numeric: ['<=', 5] }), '{"a":5.0}', true],
    ['numeric <=: not above', a({ numeric: ['<=', 5] }), '{"a":5.1}', false],
    ['numeric range', a({ numeric: ['>', 10, '<=', 20] }), '{"a":20}', true],
    ['numeric range: not its open end', a({ numeric: ['>', 10, '<=', 20] }), '{"a":10}', false],
    ['numeric range: not beyond', a({ numeric: ['>', 10, '<=', 20] }), '{"a":20.1}', false],
    ['numeric: no strings', a({ numeric: ['>', 5] }), '{"a":"6"}', false],
    ['numeric: not true', a({ numeric: ['>', 0] }), '{"a":true}', false],
    ['numeric: no number that no double holds', a({ numeric: ['>', 5] }), '{"a":1234567890123456789}', false],
    ['numeric: no number beyond all doubles', a({ numeric: ['>', 5] }), '{"a":1e400}', false],
    [
      'numeric: long numbers that a double holds',
      a({ numeric: ['>', 5] }),
      '{"a":6.00000000000000000000}',
      true,
    ],

    ['exists: null does', a({ exists: true }), '{"a":null}', true],
    ['exists: an element does', a({ exists: true }), '{"a":[[],5]}', true],
    ['exists: an object does not', a({ exists: true }), '{"a":{"b":1}}', false],
    ['exists: an empty object does not', a({ exists: true }), '{"a":{}}', false],
    ['exists: an empty list does not', a({ exists: true }), '{"a":[]}', false],
    ['exists: a missing field does not', a({ exists: true }), '{"b":1}', false],
    ['exists false: a missing field', a({ exists: false }), '{"b":1}', true],
    ['exists false: null is there', a({ exists: false }), '{"a":null}', false],
    ['exists false: an object is not', a({ exists: false }), '{"a":{"b":1}}', true],
    ['exists false: an empty list is not', a({ exists: false }), '{"a":[]}', true],
    ['exists false: nothing in nothing', { a: { b: [{ exists: false }] } }, '{}', true],
    ['exists false or a value: missing', a({ exists: false }, 'x'), '{}', true],
    ['exists false or a value: the value', a({ exists: false }, 'x'), '{"a":"x"}', true],
    ['exists false or a value: another', a({ exists: false }, 'x'), '{"a":"y"}', false],
  ])
})

describe('several fields', () => {
  const both = { a: ['x'], b: ['y'] }
  const or = { $or: [{ a: ['x'] }, { b: ['y'], c: ['z'] }] }

  rows([
    ['all must fit', both, '{"a":"x","b":"y"}', true],
    ['all must fit: one does not', both, '{"a":"x","b":"z"}', false],
    ['all must be there', both, '{"a":"x"}', false],
    ['others do not matter', both, '{"c":[1],"b":"y","a":"x"}', true],
    ['$or: the first alternative', or, '{"a":"x"}', true],
    ['$or: the second', or, '{"b":"y","c":"z"}', true],
    ['$or: an alternative must fit as a whole', or, '{"b":"y"}', false],
    ['$or: fields beside it must fit too', { d: [1], ...or }, '{"a":"x"}', false],
    ['$or: fields beside it and an alternative', { d: [1], ...or }, '{"a":"x","d":1}', true],
    ['$or within $or', { $or: [{ a: ['x'] }, { $or: [{ b: ['y'] }, { c: ['z'] }] }] }, '{"c":"z"}', true],
    ['$or below a field', { a: { $or: [{ b: [1] }, { c: [2] }] } }, '{"a":{"c":2}}', true],
    ['two $or: both must fit', { a: or, b: or }, '{"a":{"a":"x"},"b":{"a":"y"}}', false],
    ['two $or: any pair', { a: or, b: or }, '{"a":{"a":"x"},"b":{"b":"y","c":"z"}}', true],
    [
      'the last condition on a field counts',
      { a: ['x'], $or: [{ a: ['y'] }, { b: [1] }] },
      '{"a":"y"}',
      true,
    ],
    ['dots in the data', { a: { b: ['x'] } }, '{"a.b":"x"}', true],
    ['dots in the pattern', { 'a.b': ['x'] }, '{"a":{"b":"x"}}', true],
    ['dots in both', { 'a.b': { c: ['x'] } }, '{"a":{"b.c":"x"}}', true],
    ['a path is no part of another', { a: { b: ['x'] } }, '{"ab":"x"}', false],
    ['a field without a name is passed over', { '': ['x'] }, '{"":"x"}', false],
    ['of two fields of a name either may fit: first', { a: ['x'] }, '{"a":"x","a":"y"}', true],
    ['of two fields of a name either may fit: last', { a: ['y'] }, '{"a":"x","a":"y"}', true],
    ['names of Object are fields as others', { constructor: ['x'] }, '{"a":1}', false],
    ['__proto__ is a field as others', JSON.parse('{"__proto__":["x"]}'), '{"__proto__":"x"}', true],
  ])
})

describe('arrays', () => {
  const item = { items: { sku: ['a'], amount: [{ numeric: ['>', 5] }] } }
  const without = { items: { sku: ['b'], used: [{ exists: false }] } }
  const noneUsed = { items: { used: [true], sku: [{ exists: false }] } }
  const twoLists = { a: { x: [1] }, b: { y: [2], z: [3] } }
  const besides = { items: { amount: [6], sku: ['a'] } }
  const many = (last: string) => `{"items":[${'{"sku":"a","amount":1},'.repeat(40)}${last}]}`

  rows([
    ['one element is enough', { a: ['x'] }, '{"a":["y","x"]}', true],
    ['one element must fit', { a: ['x'] }, '{"a":["y","z"]}', false],
    ['lists in lists', { a: ['x'] }, '{"a":[["y"],[["x"]]]}', true],
    ['a plain element and an object beside it', { a: ['x'], 'a.b': [1] }, '{"a":["x",{"b":1}]}', true],
    ['objects in lists', { a: { b: ['x'] } }, '{"a":[{"b":"y"},{"b":"x"}]}', true],
    ['the record itself is a list', { a: ['x'] }, '[{"a":"y"},{"a":"x"}]', true],
    ['fields of one element', item, '{"items":[{"sku":"b"},{"sku":"a","amount":6}]}', true],
    ['not of two', item, '{"items":[{"sku":"a","amount":1},{"sku":"b","amount":6}]}', false],
    ['not of two, in a list in a list', item, '{"items":[[{"sku":"a"},{"amount":6}]]}', false],
    ['one element of many', item, many('{"sku":"a","amount":6}'), true],
    ['two elements of many', item, many('{"sku":"b","amount":6}'), false],
    [
      'two lists do not matter to each other',
      { a: { x: [1] }, b: { y: [2] } },
      '{"a":[{"x":1}],"b":[{},{"y":2}]}',
      true,
    ],
    ['a list and what is beside it', { a: { x: [1] }, b: [2] }, '{"a":[{},{"x":1}],"b":2}', true],
    [
      'a list and what is beside it by dots',
      { a: { x: [1], y: [2] } },
      '{"a":[{"x":1},{"y":2}],"a.x":1}',
      true,
    ],
    ['not of two, after another list', twoLists, '{"a":[{"x":1}],"b":[{"y":2},{"z":3}]}', false],
    ['of one, after another list', twoLists, '{"a":[{"x":1}],"b":[{},{"y":2,"z":3}]}', true],
    ['many elements and what is beside them by dots', besides, many('{"amount":6}],"items.sku":["a"'), true],
    [
      'exists false counts within the element',
      without,
      '{"items":[{"sku":"a","used":true},{"sku":"b"}]}',
      true,
    ],
    ['exists false: the element has it', without, '{"items":[{"sku":"a"},{"sku":"b","used":true}]}', false],
    [
      'exists false counts what came before by name',
      noneUsed,
      '{"items":[{"sku":"a"},{"used":true}]}',
      false,
    ],
    ['exists false, in many elements', without, many('{"sku":"b"},{"used":1}'), true],
  ])
})

describe('formats', () => {
  const forJson = { a: ['x'] }
  const forText = ['x', { prefix: 'ab' }]

  it.each<[string, Buffer | string | null, unknown[], boolean]>([
    ['text against a pattern for text', 'x', [forText], true],
    ['text that does not fit', 'y', [forText], false],
    ['text with an operator', 'abc', [forText], true],
    ['empty text', '', [['']], true],
    ['text against a pattern for JSON', 'y', [forJson], true],
    ['nearly JSON is text', '{"a":"y"', [forJson], true],
    ['JSON against a pattern for text', '{"a":"y"}', [forText], true],
    ['a JSON number against a pattern for text', '5', [forText], true],
    ['a JSON string against a pattern for text', '"y"', [forText], true],
    ['a JSON number against a pattern for JSON', '5', [forJson], false],
    ['JSON with white space around', ' {"a":"y"}\r\n\t', [forJson], false],
    ['bytes that are not UTF-8, for JSON', Buffer.from('{"a":"\xff"}', 'latin1'), [forJson], true],
    ['bytes that are not UTF-8, for text', Buffer.from([0xff]), [forText], true],
    ['a tombstone, for JSON', null, [forJson], true],
    ['a tombstone, for text', null, [forText], true],
    ['JSON nested deeper than Event Ruler reads', `${'['.repeat(1e6)}${']'.repeat(1e6)}`, [forJson], true],
    ['patterns for both: one always does not fit the format', '{"a":"y"}', [forJson, forText], true],
    ['patterns for both, and text', 'y', [forJson, forText], true],
  ])('%s', (_, value, patterns, delivered) => {
    expect(delivers(value, ...patterns)).toBe(delivered)
  })
})

describe('several patterns', () => {
  it.each([
    ['{"a":"x"}', true],
    ['{"b":"y"}', true],
    ['{"a":"y","b":"x"}', false],
  ])('deliver what fits one of them: %s', (value, delivered) => {
    expect(delivers(value, { a: ['x'] }, { b: ['y'] })).toBe(delivered)
  })

  it('deliver everything when there are none', () => {
    expect(['x', '{}', null].map((value) => delivers(value))).toEqual([true, true, true])
  })
})

it('remembers nothing of the record before', () => {
  const filter = recordFilter([{ value: { a: ['x'] } }])

  expect(
    ['{"a":"x"}', '{"b":1}', '{"a":"x"', '{"a":"y"}'].map((value) => filter(Buffer.from(value))),
  ).toEqual([true, false, true, false])
})

it('does not take patterns with problems', () => {
  expect(() => recordFilter([{ key: ['x'] }])).toThrow('filterPatterns.0.key: AWS filters')
})

describe('is done with long lists in the time that their length asks for', () => {
  const items = Array.from({ length: 20_000 }, (_, index) => ({ sku: 'a', used: `${index}`, size: 1 }))
  const ofMany = JSON.stringify({ items: [...items, { sku: 'b', size: 2 }] })
  const tags = Array.from({ length: 20_000 }, () => 'a')
  const beside = JSON.stringify({ a: tags, b: tags, items: [{ sku: 'a' }, { size: 1 }] })

  it.each<[unknown, string, boolean]>([
    [{ items: { size: [2], sku: ['a'], used: [{ prefix: '1' }] } }, ofMany, false],
    [{ items: { size: [1, 2], sku: [{ prefix: '' }], used: [{ exists: false }] } }, ofMany, true],
    [{ a: ['a'], b: ['a'], items: { size: [1], sku: ['a'] } }, beside, false],
    [
      { a: { sku: ['a'] }, b: { sku: ['a'] }, c: ['c'] },
      JSON.stringify({ a: items, b: items, c: 'd' }),
      false,
    ],
  ])('%j', (pattern, value, delivered) => {
    const started = performance.now()

    expect(delivers(value, pattern)).toBe(delivered)
    // Some 50 ms; each element against each other takes much longer.
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
