import { expect, it } from '@jest/globals'
import { stopSignalReader } from '../../src/stopSignals.ts'

it.each([
  ['one Ctrl-C', [0], ['first SIGINT']],
  ['one Ctrl-C that npm passes on too', [0, 4], ['first SIGINT']],
  ['one Ctrl-C and another', [0, 4, 900, 903], ['first SIGINT', 'again', 'again']],
])('understands %s', (_, times, expected) => {
  const said: string[] = []
  let now = 0
  const read = stopSignalReader(
    { first: (signal) => said.push(`first ${signal}`), again: () => said.push('again') },
    () => now,
  )

  for (const time of times) {
    now = time
    read('SIGINT')
  }

  expect(said).toEqual(expected)
})
