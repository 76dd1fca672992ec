import { expect, it } from '@jest/globals'
import { readCommand, UsageError } from '../../../dead-letters/options.ts'

const read = (line: string) => readCommand(line.split(' ').filter((part) => part !== ''))

it.each([
  ['list', { name: 'list', json: false }],
  ['list --json --condition Declined', { name: 'list', json: true, condition: 'Declined' }],
  ['show 2/13', { name: 'show', id: { partition: 2, offset: 13 } }],
  [
    'replay 0/1 1/0 --dry-run',
    {
      ...{ name: 'replay', again: false, dryRun: true },
      which: {
        ids: [
          { partition: 0, offset: 1 },
          { partition: 1, offset: 0 },
        ],
      },
    },
  ],
  ['replay --all --again', { name: 'replay', which: {}, again: true, dryRun: false }],
  [
    'replay --all --condition Declined',
    { name: 'replay', which: { condition: 'Declined' }, again: false, dryRun: false },
  ],
])('reads %s', (line, command) => {
  expect(read(line)).toEqual(command)
})

it.each([
  ['', /^Say what to do: list, show or replay\.$/],
  ['toString', /^There is no command "toString"\.$/],
  ['list --al', /--al/],
  ['list --all', /^--all does not go with list\.$/],
  ['list 0/1', /to see 0\/1: show 0\/1$/],
  ['list --condition=', /^--condition is empty/],
  ['show', /^show takes one id/],
  ['show 0/1 0/2', /^show takes one id/],
  ['show 1', /^"1" is no id; an id is <partition>\/<offset>/],
  ['replay', /^Say which: ids as list shows them, or --all\.$/],
  ['replay 0/1/2', /^"0\/1\/2" is no id/],
  ['replay 0/99999999999999999999', /is no id/],
  ['replay 0/1 --all', /^Give ids, or --all, not both\.$/],
  ['replay 0/1 --condition Declined', /^--condition goes with --all, not with ids\.$/],
])('refuses "%s", and says what to do', (line, message) => {
  expect(() => read(line)).toThrow(UsageError)
  expect(() => read(line)).toThrow(message)
})
