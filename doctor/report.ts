import { styleText } from 'node:util'
import type { Finding, State } from './finding.ts'

/** Findings under one heading. */
export interface Section {
  title: string
  findings: readonly Finding[]
}

const COLOURS = { ok: 'green', warning: 'yellow', broken: 'red', unknown: 'cyan' } as const
const MARK_WIDTH = 9

/**
 * The section's title, and one line a finding, with its cure on the next one.
 * @param colour for a terminal
 */
export function textOf({ title, findings }: Section, colour: boolean): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length)) + 2
  return [title, ...findings.flatMap((finding) => linesOf(finding, width, colour))].join('\n')
}

function linesOf({ state, subject, message, cure }: Finding, width: number, colour: boolean): string[] {
  const mark = state.padEnd(MARK_WIDTH)
  const indent = ' '.repeat(2 + MARK_WIDTH + width)
  const under = (text: string) => text.split('\n').join(`\n${indent}`)
  const shown = colour ? styleText(COLOURS[state], mark, { validateStream: false }) : mark
  const first = `  ${shown}${subject.padEnd(width)}${under(message)}`
  return cure === undefined ? [first] : [first, `${indent}${under(cure)}`]
}

/** One line for all sections: how many findings are not ok. */
export function summary(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length
  const told = [
    [count('broken'), 'broken'],
    [count('warning'), count('warning') === 1 ? 'warning' : 'warnings'],
    [count('unknown'), 'could not be looked at'],
  ].filter(([number]) => number !== 0)
  return told.length === 0 ? 'All is well.' : told.map((part) => part.join(' ')).join(', ')
}
