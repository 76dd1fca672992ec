import { expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { JsonReader } from '../../../src/filters/JsonReader.ts'
import { wantedLeaves } from '../../../src/filters/leaves.ts'

const read = (text: string, ...names: string[]) => new JsonReader(wantedLeaves(names)).read(text)

const leavesAt = (text: string, name: string) => read(text, name)?.[0]?.map(({ leaf }) => leaf)

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

it('takes for JSON what JSON.parse takes', () => {
  const pieces =
    '{ } [ ] : , " \\ / b u 00e9 u00E 0 1 - + . e E true false null \n \t \u0000 \u001f é 😀 \ufeff "a": "\\n" {} []'
  const nearlyJson = fc
    .tuple(fc.json(), fc.nat(), fc.nat(3), fc.constantFrom('', ...pieces.split(' '), ' '))
    .map(([json, at, removed, piece]) => {
      const start = at % (json.length + 1)
      return json.slice(0, start) + piece + json.slice(start + removed)
    })
  const pieced = fc
    .array(fc.constantFrom(...pieces.split(' ')), { maxLength: 6 })
    .map((parts) => parts.join(''))
  let valid = 0
  let all = 0

  fc.assert(
    fc.property(fc.oneof(fc.json(), nearlyJson, pieced), (text) => {
      all += 1
      if (isJson(text)) valid += 1
      expect(read(text, 'a') !== undefined).toBe(isJson(text))
    }),
    { numRuns: 5_000 },
  )
  expect(valid / all).toBeGreaterThan(0.2)
  expect(valid / all).toBeLessThan(0.8)
})

it('finds what JSON.parse finds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.string(), (name, other, leaf) => {
      fc.pre(name !== '' && !name.includes('.'))
      const text = JSON.stringify({ other, [name]: leaf, more: [other] }, null, 1)

      expect(leavesAt(text, name)).toContain(leaf)
    }),
  )
})

it('finds all leaves of a field, in the order of the text', () => {
  expect(leavesAt('{"a":[1,"x",[null,[true]],{"a":5}],"b":1,"a":false}', 'a')).toEqual([
    1,
    'x',
    null,
    true,
    false,
  ])
})

it('finds a path through lists, and written with dots', () => {
  expect(leavesAt('{"a":[{"b":{"c":1}},{"b.c":2}],"a.b":{"c":3},"a.b.c":4,"a.bc":5}', 'a.b.c')).toEqual([
    1, 2, 3, 4,
  ])
})

it('says in which elements of which arrays a leaf is', () => {
  const outer = { array: 0, index: 1, outer: undefined }

  expect(read('[{}, [{"a": ["x"]}]]', 'a')?.[0]).toEqual([
    { leaf: 'x', place: { array: 1, index: 0, outer } },
  ])
})

it('reads as deep as Event Ruler', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

  expect([999, 1_000].map((levels) => read(nested(levels)) !== undefined)).toEqual([true, false])
})
