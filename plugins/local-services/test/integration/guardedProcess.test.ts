import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { spawnGuarded } from '../../src/guardedProcess.ts'
import { ChildProgram } from '../helpers/ChildProgram.ts'
import { processesWith } from '../helpers/processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'guarded-process-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A program that says when it is there, and what it does at SIGTERM. Its path tells its processes from others. */
function program(name: string, atTerm: string): string {
  const file = join(folder, `${name}.sh`)
  writeFileSync(file, `trap '${atTerm}' TERM\necho started\nwhile :; do sleep 0.05; done\n`)
  return file
}

async function start(file: string, graceSeconds = 5) {
  const guarded = spawnGuarded('/bin/sh', [file], { output: 'pipe', graceSeconds })
  await new Promise((resolve) => guarded.child.stdout?.once('data', resolve))
  return guarded
}

const nothingLeftOf = (file: string) =>
  waitFor(() => processesWith(file).length === 0, { what: `no process of ${file}` })

it('stops in order, twice without harm', async () => {
  const file = program('orderly', 'exit 7')
  const guarded = await start(file)

  await Promise.all([guarded.stop(), guarded.stop()])
  await guarded.stop()

  expect(await guarded.exited).toEqual({ code: 7, signal: null })
  await nothingLeftOf(file)
})

it('runs in the folder that is named', async () => {
  const file = join(folder, 'folder.txt')
  const guarded = spawnGuarded('/bin/sh', ['-c', 'pwd -P > folder.txt'], {
    ...{ output: 'ignore', graceSeconds: 5, cwd: folder },
  })

  await guarded.exited

  expect(readFileSync(file, 'utf8')).toBe(`${realpathSync(folder)}\n`)
})

it('kills what does not stop within the grace', async () => {
  const file = program('stubborn', '')
  const guarded = await start(file, 0.2)

  await guarded.stop()

  expect(await guarded.exited).toEqual({ code: null, signal: 'SIGKILL' })
  await nothingLeftOf(file)
})

it('leaves no watcher behind when the command ends by itself', async () => {
  const guarded = spawnGuarded('/bin/sh', ['-c', 'exit 3', folder], { output: 'ignore', graceSeconds: 5 })

  expect(await guarded.exited).toEqual({ code: 3, signal: null })
  await nothingLeftOf(folder)
})

it('says 127 for a command that does not exist', async () => {
  const guarded = spawnGuarded('no-such-command', [], { output: 'ignore', graceSeconds: 5 })

  expect(await guarded.exited).toEqual({ code: 127, signal: null })
})

it.each(['exit 0', ''])('goes with its parent that was killed by SIGKILL, at TERM: "%s"', async (atTerm) => {
  const file = program(`orphan-${atTerm.length}`, atTerm)
  const owner = join(folder, 'owner.ts')
  const module = new URL('../../src/guardedProcess.ts', import.meta.url).pathname
  writeFileSync(
    owner,
    `import { spawnGuarded } from ${JSON.stringify(module)}\n` +
      `spawnGuarded('/bin/sh', [${JSON.stringify(file)}], { output: 'inherit', graceSeconds: 1 })\n`,
  )
  const parent = new ChildProgram([owner])
  await parent.printed(/started/)

  parent.signal('SIGKILL')

  await nothingLeftOf(file)
})
