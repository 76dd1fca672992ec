import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { filterProblems, recordFilter } from '../../src/filters/index.ts'
import {
  patternsAndLetters,
  patternsAndNumbers,
  patternsAndTexts,
  patternsAndValues,
  patternsWithFaults,
} from '../fixture/ruler/arbitraries.ts'
import { EventRuler } from '../fixture/ruler/EventRuler.ts'

let ruler: EventRuler

// The first time, Maven fetches it.
beforeAll(async () => {
  ruler = await EventRuler.start()
}, 300_000)
afterAll(() => ruler.stop())

type Case = { readonly pattern: Record<string, unknown>; readonly values: readonly string[] }

/** What Event Ruler says of a pattern and of JSON texts of values. */
async function asked({ pattern, values }: Case) {
  const events = values.map((value) => `{"value":${value}}`)
  const answer = await ruler.ask({ pattern: JSON.stringify(pattern), events })
  if ('refused' in answer)
    throw new Error(`Event Ruler refuses ${JSON.stringify(pattern)}: ${answer.refused}`)
  return answer
}

/** The record's value for a value's JSON text. */
type AsRecord = (value: string) => string

const asJson: AsRecord = (value) => value

/** Texts as their JSON. */
const quoted = ({ pattern, values }: Case): Case => ({
  pattern,
  values: values.map((value) => JSON.stringify(value)),
})

describe('delivers what Event Ruler matches', () => {
  it.each<[string, fc.Arbitrary<Case>, AsRecord, number]>([
    ['JSON, all operators, arrays and $or', patternsAndValues, asJson, 300],
    ['plain text', patternsAndTexts.map(quoted), (value) => JSON.parse(value), 200],
    ['letters of all kinds', patternsAndLetters, asJson, 300],
    ['numbers of all lengths', patternsAndNumbers, asJson, 300],
  ])(
    '%s',
    async (_, cases, asRecord, numRuns) => {
      let [all, fitting, asWhole] = [0, 0, 0]

      await fc.assert(
        fc.asyncProperty(cases, async ({ pattern, values }) => {
          const answer = await asked({ pattern, values })
          const delivers = recordFilter([pattern])
          const delivered = values.map((value) => delivers(Buffer.from(asRecord(value))))
          all += values.length
          fitting += delivered.filter(Boolean).length
          asWhole += delivered.filter((it, index) => it === answer.fitsWhole[index]).length

          expect(delivered).toEqual(answer.fits)
        }),
        { numRuns },
      )
      expect(fitting / all).toBeGreaterThan(0.2)
      expect(fitting / all).toBeLessThan(0.8)
      // See below for what Event Ruler loses of a pattern that it is given as a whole.
      expect(asWhole / all).toBeGreaterThan(0.98)
    },
    180_000,
  )
})

it('passes over fields without a name as Event Ruler does', async () => {
  const values = ['{"":"x"}', '{"":{"b":"x"}}', '{".":"x"}', '{"a":{"":"x"}}', '{".b":"x"}', '{"a.":"x"}']

  for (const names of [
    { '': ['x'] },
    { '': { b: ['x'] } },
    { '.': ['x'] },
    { a: { '': ['x'] } },
    { '.b': ['x'] },
  ]) {
    const pattern = { value: names }
    const delivers = recordFilter([pattern])

    expect(values.map((value) => delivers(Buffer.from(value)))).toEqual(
      (await asked({ pattern, values })).fitsWhole,
    )
  }
})

describe('where Event Ruler does not match what its documentation says, the documentation is followed', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'an alternative of $or is lost whose fields are those of one before and share a value with them',
      { $or: [{ a: ['x'] }, { a: ['x', 'y'] }] },
      '{"a":"y"}',
    ],
    [
      'a value outside of an array is lost when others of its name are in the array',
      { b: { a: ['x'], c: ['y'] } },
      '{"b":[{"a":"x","c":"z"}],"b.c":"y"}',
    ],
  ])('%s', async (_, below, value) => {
    const pattern = { value: below }

    expect(await asked({ pattern, values: [value] })).toEqual({ fits: [true], fitsWhole: [false] })
    expect(recordFilter([pattern])(Buffer.from(value))).toBe(true)
  })

  it('half of a surrogate pair is a question mark to some of its operators', async () => {
    const pattern = { value: { a: [{ prefix: '?' }] } }

    expect((await asked({ pattern, values: ['{"a":"\\ud800"}'] })).fits).toEqual([true])
    expect(recordFilter([pattern])(Buffer.from('{"a":"\\ud800"}'))).toBe(false)
  })
})

describe('refuses what Event Ruler refuses', () => {
  it('whatever is wrong', async () => {
    let [all, refused] = [0, 0]

    await fc.assert(
      fc.asyncProperty(patternsWithFaults, async (pattern) => {
        const problems = filterProblems([pattern])
        // Lambda's own rules, below, are narrower.
        fc.pre(!problems.some((problem) => problem.endsWith('Lambda does not have')))
        fc.pre(!problems.some((problem) => problem.endsWith('Lambda does not')))
        const answer = await ruler.ask({ pattern: JSON.stringify(pattern), events: [] })
        all += 1
        if ('refused' in answer) refused += 1

        expect({ pattern, refused: problems.length > 0 }).toEqual({ pattern, refused: 'refused' in answer })
      }),
      { numRuns: 600 },
    )
    expect(refused / all).toBeGreaterThan(0.2)
    expect(refused / all).toBeLessThan(0.8)
  })

  it.each<[string, Record<string, unknown>]>([
    ['only `value` is filtered on', { key: ['x'] }],
    ['only `value` is filtered on, beside it too', { value: ['x'], topic: ['orders'] }],
    ['no wildcard', { value: [{ wildcard: 'a*' }] }],
    ['no cidr', { value: [{ cidr: '10.0.0.0/8' }] }],
    ['no exactly', { value: [{ exactly: 'a' }] }],
    ['nothing within anything-but: prefix', { value: [{ 'anything-but': { prefix: 'a' } }] }],
    ['nothing within anything-but: suffix', { value: [{ 'anything-but': { suffix: 'a' } }] }],
    ['nothing within anything-but: case', { value: [{ 'anything-but': { 'equals-ignore-case': 'a' } }] }],
    ['nothing within anything-but: wildcard', { value: [{ 'anything-but': { wildcard: 'a*' } }] }],
    ['4,096 characters at most', { value: ['x'.repeat(4_096)] }],
    ['one format in a pattern (our choice)', { $or: [{ value: ['x'] }, { value: { a: ['x'] } }] }],
    ['1,000 combinations of $or at most (our choice)', tenTimesOr()],
  ])('and, with Lambda, what Event Ruler takes: %s', async (_, pattern) => {
    expect(await ruler.ask({ pattern: JSON.stringify(pattern), events: [] })).toEqual({
      fits: [],
      fitsWhole: [],
    })
    expect(filterProblems([pattern])).toHaveLength(1)
  })
})

function tenTimesOr(): Record<string, unknown> {
  const either = { $or: [{ a: ['x'] }, { b: ['x'] }] }
  return { value: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`field${index}`, either])) }
}
