import { describe, expect, it } from '@jest/globals'
import { broken, exitCodeOf, ok, unknown, warning } from '../../../doctor/finding.ts'
import { summary, textOf } from '../../../doctor/report.ts'

describe('a section', () => {
  it('has one line a finding, in columns, and the cure under the message', () => {
    const text = textOf(
      {
        title: 'This machine',
        findings: [ok('Java', '17'), broken('HTTP port', 'taken\nby another', 'take another')],
      },
      false,
    )

    expect(text).toBe(
      [
        'This machine',
        '  ok       Java       17',
        '  broken   HTTP port  taken',
        '                      by another',
        '                      take another',
      ].join('\n'),
    )
  })

  it('colours the mark alone, and keeps the columns', () => {
    expect(textOf({ title: 'AWS', findings: [ok('stack', 'there')] }, true)).toContain(
      `  \u001b[32mok       \u001b[39mstack  there`,
    )
  })
})

describe('the summary', () => {
  it.each([
    ['All is well.', [ok('a', 'b')]],
    ['1 broken, 1 warning', [ok('a', 'b'), broken('a', 'b', 'c'), warning('a', 'b', 'c')]],
    [
      '2 warnings, 1 could not be looked at',
      [warning('a', 'b', 'c'), warning('a', 'b', 'c'), unknown('a', 'b', 'c')],
    ],
  ])('is %s', (text, findings) => {
    expect(summary(findings)).toBe(text)
  })
})

describe('the exit code', () => {
  it.each([
    [0, [ok('a', 'b'), warning('a', 'b', 'c'), unknown('a', 'b', 'c')]],
    [1, [ok('a', 'b'), broken('a', 'b', 'c')]],
  ])('is %i for %j', (code, findings) => {
    expect(exitCodeOf(findings)).toBe(code)
  })
})
