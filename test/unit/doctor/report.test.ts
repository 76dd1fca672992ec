import { describe, expect, it } from '@jest/globals'
import { broken, exitCodeOf, ok, unknown, warning } from '../../../doctor/finding.ts'
import { report } from '../../../doctor/report.ts'

describe('the report', () => {
  it('has one line a finding, in columns, and the cure under the message', () => {
    const text = report(
      [
        { title: 'This machine', findings: [ok('Java', '17'), broken('HTTP port', 'taken', 'take another')] },
        { title: 'AWS', findings: [warning('stack', 'nothing\ndeployed', 'deploy')] },
      ],
      false,
    )

    expect(text).toBe(
      [
        'This machine',
        '  ok       Java       17',
        '  broken   HTTP port  taken',
        '                      take another',
        '',
        'AWS',
        '  warning  stack      nothing',
        '                      deployed',
        '                      deploy',
        '',
        '1 broken, 1 warning',
      ].join('\n'),
    )
  })

  it('says so when all is well', () => {
    expect(report([{ title: 'AWS', findings: [ok('stack', 'there')] }], false)).toMatch(/\nAll is well\.$/)
  })

  it('colours the mark alone, and keeps the columns', () => {
    expect(report([{ title: 'AWS', findings: [ok('stack', 'there')] }], true)).toContain(
      `  \u001b[32mok       \u001b[39mstack  there`,
    )
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
