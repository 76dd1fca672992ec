import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from '@jest/globals'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixture/${name}.ts`, import.meta.url))
const printBoth = fixture('printBoth')

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

it('says that something is written when it is, so that a kill loses nothing of it', () => {
  const { stdout, signal } = spawnSync(process.execPath, [fixture('printThenDie')], { encoding: 'utf8' })

  expect({ stdout, signal }).toEqual({ stdout: 'first\nsecond\n', signal: 'SIGKILL' })
})
