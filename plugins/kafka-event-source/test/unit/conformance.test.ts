import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const PLUGIN = new URL('../../', import.meta.url)
const SUITE = 'test/conformance/'
const VERDICTS = ['same', 'differs', 'not done']
const GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg/'

const read = (path: string) => readFileSync(new URL(path, PLUGIN), 'utf8')

type Rule = {
  readonly rule: string
  readonly guide: string
  readonly tests: readonly { readonly text: string; readonly path: string }[]
  readonly unlinked: string
  readonly verdict: string
}

/** The rows of the tables, without their heads. */
function rulesIn(page: string): Rule[] {
  const rows = page.split('\n').filter((line) => /^\| (?!rule \||--- )/.test(line))
  return rows.map((row) => {
    const [, rule = '', guide = '', tests = '', verdict = '', ...more] = row.split(/ ?\| ?/)
    if (more.join('') !== '') throw new Error(`more than four columns: ${row}`)
    const link = /\[([^\]]+)\]\(([^)]+)\)/g
    return {
      rule,
      guide,
      tests: [...tests.matchAll(link)].map(([, text = '', path = '']) => ({ text, path })),
      unlinked: tests.replace(link, '').replaceAll('<br>', ''),
      verdict,
    }
  })
}

/**
 * `file › describe › title` of each test in a file's source, as Biome formats it; of `it.each` as it is written, with its `%s`.
 * Tests that do not run have none.
 */
function titlesIn(source: string, file: string): string[] {
  const titles: string[] = []
  const around: { readonly indent: number; readonly title: string; readonly runs: boolean }[] = []
  for (const call of source.matchAll(/^( *)(it|test|describe)((?:\.\w+)*)\(/gm)) {
    const [start, { length: indent }, kind, modifiers] = call as unknown as [string, string, string, string]
    const rest = source.slice(call.index + start.length)
    const quoted = (modifiers.includes('.each') ? /\)\(\s*/ : /^\s*/).source
    const [, , text] = new RegExp(`${quoted}(['"])((?:\\\\.|(?!\\1).)*)\\1`).exec(rest) ?? []
    if (text === undefined) throw new Error(`${file}: no title in ${start}${rest.slice(0, 40)}`)

    const title = text.replaceAll(/\\(.)/g, '$1')
    while ((around.at(-1)?.indent ?? -1) >= indent) around.pop()
    const runs = !/\.(skip|todo|failing)/.test(modifiers) && around.every((block) => block.runs)
    if (kind === 'describe') around.push({ indent, title, runs })
    else if (runs) titles.push([file, ...around.map((block) => block.title), title].join(' › '))
  }
  return titles
}

const titlesOf = (path: string) => titlesIn(read(path), basename(path, '.test.ts'))

describe('CONFORMANCE.md', () => {
  const page = read('CONFORMANCE.md')
  const rules = rulesIn(page)

  it('says each rule once', () => {
    const texts = rules.map(({ rule }) => rule)

    expect(texts).toEqual([...new Set(texts)])
    expect(texts).not.toContain('')
    expect(texts.length).toBeGreaterThan(80)
  })

  it.each(rules)("names the guide's page, tests that run on a real Kafka, and a verdict: $rule", (row) => {
    const { guide, tests, unlinked, verdict } = row
    expect(VERDICTS).toContain(verdict)
    if (guide !== 'our choice') {
      const [, text, url] = /^\[([\w-]+)\]\((.+)\)$/.exec(guide) ?? []
      expect(url).toBe(`${GUIDE}${text}.html`)
    }
    expect(unlinked).toBe(tests.length === 0 ? '–' : '')
    if (verdict !== 'not done') {
      expect(tests.map(({ path }) => path)).toContainEqual(
        expect.stringMatching(/^test\/(conformance|integration)\//),
      )
    }
    for (const { text, path } of tests) {
      expect(existsSync(new URL(path, PLUGIN))).toBe(true)
      expect(titlesOf(path)).toContain(text)
    }
  })

  it('names every test of the conformance suite', () => {
    const named = new Set(rules.flatMap(({ tests }) => tests.map(({ text }) => text)))
    const files = readdirSync(new URL(SUITE, PLUGIN)).filter((file) => file.endsWith('.test.ts'))
    const forgotten = files.flatMap((file) => titlesOf(SUITE + file)).filter((title) => !named.has(title))

    expect(files.length).toBeGreaterThan(0)
    expect(forgotten).toEqual([])
  })

  it('counts its rules', () => {
    const [same, differ, notDone] = VERDICTS.map(
      (word) => rules.filter(({ verdict }) => verdict === word).length,
    )

    expect(page).toContain(
      `Of ${rules.length} rules ${same} are the same, ${differ} differ, ${notDone} are not done.`,
    )
  })
})

it('finds the titles of tests that run, with the blocks around them', () => {
  const source = `
it('a', () => {})
it("b's", async () => {
  it.each([')'])('no test of its own')
})
describe('block', () => {
  it('it\\'s c', () => {})
  it.skip('skipped', () => {})
  describe.each([
    ['x', () => f('y')],
  ])(
    'inner %s',
    () => {
      it.each(rows)(
        'd: %s',
        () => {},
      )
    },
  )
})
describe.skip('off', () => {
  it('e', () => {})
})
it.each([1])('f %i', () => {})
`
  expect(titlesIn(source, 'file')).toEqual([
    'file › a',
    "file › b's",
    'file › no test of its own',
    "file › block › it's c",
    'file › block › inner %s › d: %s',
    'file › f %i',
  ])
})
