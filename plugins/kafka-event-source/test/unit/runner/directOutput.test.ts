import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from '@jest/globals'

const printBoth = fileURLToPath(new URL('../../fixture/printBoth.ts', import.meta.url))

it('writes everything in its order, over both streams', () => {
  const printed = execFileSync('sh', ['-c', `"${process.execPath}" "${printBoth}" 2>&1`], {
    encoding: 'utf8',
  })

  const lines = printed.trimEnd().split('\n')
  expect(lines.slice(0, -2).map((line) => line.split(' ')[0])).toEqual(
    Array.from({ length: 300 }, (_, line) => String(line)),
  )
  expect(lines[49]).toBe(`49 ${'ü€😀'.repeat(3_000)}`)
  expect(lines.slice(-2)).toEqual(['hex end', 'called back'])
})
