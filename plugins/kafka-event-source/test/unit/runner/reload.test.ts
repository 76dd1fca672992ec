import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../../test/helpers/waitFor.ts'
import { EnvironmentPool } from '../../../src/runner/EnvironmentPool.ts'
import { SourceWatcher } from '../../../src/runner/SourceWatcher.ts'
import { CodeFolder } from '../../helpers/codeFolder.ts'
import { KeptLog } from '../../helpers/log.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** A function of these files, and of a package.json that says which modules they are. */
function functionOf(files: Readonly<Record<string, string>>, type: 'module' | 'commonjs' = 'module') {
  const code = new CodeFolder({ 'package.json': JSON.stringify({ type }), ...files })
  const log = new KeptLog()
  const pool = new EnvironmentPool(
    {
      functionKey: 'f',
      functionName: 'shop-dev-f',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-dev-f',
      handler: 'handler.handler',
      codeFolder: code.path,
      runtime: 'nodejs24.x',
      memorySizeMb: 128,
      timeoutMs: 10_000,
      environment: {},
    },
    { log },
  )
  cleanUp.push(
    () => code.remove(),
    () => pool.close(),
  )
  const says = (line: string) =>
    waitFor(() => log.lines.includes(`f: ${line}`), { what: `"${line}"` }).catch((error) => {
      throw new Error(`${error.message} in:\n${log.lines.join('\n')}`)
    })
  return { code, pool, log, says, answer: () => pool.invoke('{}', 'id') }
}

const lastEdit = (name: string): string => `${name} changed; the next invocation uses it`

const LANGUAGES: [string, 'module' | 'commonjs', string, string, string][] = [
  [
    'TypeScript as ES modules',
    'module',
    'handler.ts',
    'lib/a.ts',
    `import { a } from './lib/a'; export const handler = async (): Promise<unknown> => a`,
  ],
  [
    'TypeScript as CommonJS',
    'commonjs',
    'handler.ts',
    'lib/a.ts',
    `import { a } from './lib/a'; export const handler = async (): Promise<unknown> => a`,
  ],
  [
    'TypeScript that requires',
    'commonjs',
    'handler.ts',
    'lib/a.ts',
    `exports.handler = async (): Promise<unknown> => require('./lib/a').a`,
  ],
  [
    'JavaScript that imports what Node.js strips of its types',
    'module',
    'handler.js',
    'lib/a.ts',
    `import { a } from './lib/a.ts'; export const handler = async () => a`,
  ],
  [
    'ES modules that require',
    'module',
    'handler.mjs',
    'lib/a.cjs',
    `import { createRequire } from 'node:module'
     export const handler = async () => createRequire(import.meta.url)('./lib/a.cjs').a`,
  ],
  [
    'CommonJS',
    'commonjs',
    'handler.js',
    'lib/a.js',
    `const { a } = require('./lib/a'); exports.handler = async () => a`,
  ],
  [
    'a module imported by the invocation',
    'module',
    'handler.ts',
    'lib/a.ts',
    `export const handler = async (): Promise<unknown> => (await import('./lib/a.ts')).a`,
  ],
]

describe.each(LANGUAGES)('%s', (_name, type, handlerFile, importedFile, handler) => {
  const exporting = (value: string): string =>
    /[.]cjs$/.test(importedFile) || (type === 'commonjs' && importedFile.endsWith('.js'))
      ? `exports.a = '${value}'`
      : `export const a = '${value}'`

  it('is used from the next invocation on when a file is edited, however it is saved', async () => {
    const { code, log, says, answer } = functionOf(
      { [handlerFile]: handler, [importedFile]: exporting('first') },
      type,
    )
    expect(await answer()).toEqual({ answer: 'first' })

    code.write(importedFile, exporting('second'))
    await says(lastEdit(importedFile))
    expect(await answer()).toEqual({ answer: 'second' })

    log.lines.length = 0
    code.replace(importedFile, exporting('third'))
    await says(lastEdit(importedFile))
    expect(await answer()).toEqual({ answer: 'third' })

    code.write(handlerFile, `${handler} // ${'edited'}`)
    await says(lastEdit(handlerFile))
    expect(await answer()).toEqual({ answer: 'third' })
    expect(log.lines).toHaveLength(2)
  })
})

const TWO_FILES = {
  'handler.ts': `import { a } from './lib/a.ts'; export const handler = async () => a`,
  'lib/a.ts': `export const a = 'first'`,
}

it('sees an edit that comes while the code is being loaded', async () => {
  const { says, answer } = functionOf({
    'handler.js': `import { writeFileSync } from 'node:fs'
       import { a } from './a.js'
       if (a === 'first') writeFileSync(new URL('a.js', import.meta.url), "export const a = 'second'")
       export const handler = async () => a`,
    'a.js': `export const a = 'first'`,
  })

  expect(await answer()).toEqual({ answer: 'first' })
  await says(lastEdit('a.js'))
  expect(await answer()).toEqual({ answer: 'second' })
})

it('sees an edit of what was imported after the answer', async () => {
  const { code, says, answer } = functionOf({
    'handler.js': `import { writeFileSync } from 'node:fs'
       export const handler = async () => {
         setTimeout(async () => {
           await import('./late.js')
           writeFileSync(new URL('imported', import.meta.url), '')
         }, 20)
       }`,
    'late.js': '',
  })
  expect(await answer()).toEqual({ answer: null })
  await waitFor(() => existsSync(code.file('imported')), { what: 'the late import' })

  code.write('late.js', '// edited')
  await says(lastEdit('late.js'))
})

it('lets the invocation that runs end in the code that it began with, and begins none with it', async () => {
  const { code, pool, says, answer } = functionOf({
    'handler.js': `import { existsSync, writeFileSync } from 'node:fs'
       import { a } from './a.js'
       const [begun, gate] = [new URL('begun', import.meta.url), new URL('gate', import.meta.url)]
       export const handler = async () => {
         writeFileSync(begun, '')
         while (a === 'first' && !existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 5))
         return a
       }`,
    'a.js': `export const a = 'first'`,
  })
  const running = answer()
  await waitFor(() => existsSync(code.file('begun')), { what: 'the invocation to begin' })

  code.write('a.js', `export const a = 'second'`)
  await says(lastEdit('a.js'))
  expect(await answer()).toEqual({ answer: 'second' })
  expect(pool.size).toBe(2)
  code.write('gate', '')

  expect(await running).toEqual({ answer: 'first' })
  await waitFor(() => pool.threads === 1, { what: 'the old environment to end' })
  expect(await answer()).toEqual({ answer: 'second' })
})

it('does nothing when a file is saved as it was, or one beside it', async () => {
  const { code, log, answer } = functionOf({
    'handler.ts': `import { a } from './lib/a.ts'; let n = 0; export const handler = async () => [a, ++n]`,
    'lib/a.ts': TWO_FILES['lib/a.ts'],
  })
  expect(await answer()).toEqual({ answer: ['first', 1] })
  const seen: string[] = []
  const another = new SourceWatcher({
    root: code.path,
    touched: (files) => seen.push(...files),
    failed() {},
  })
  cleanUp.push(() => another.close())
  another.watch([code.file('lib/a.ts'), code.file('lib/beside.ts')])

  code.replace('lib/a.ts', TWO_FILES['lib/a.ts'])
  code.write('lib/beside.ts', 'nothing of the function')
  await waitFor(() => seen.length === 2, { what: 'both to be seen' })

  expect(await answer()).toEqual({ answer: ['first', 2] })
  expect(log.lines).toEqual([])
})

it('says one line for a change of several files', async () => {
  const { code, log, says, answer } = functionOf(TWO_FILES)
  expect(await answer()).toEqual({ answer: 'first' })

  code.write('lib/a.ts', `export const a = 'second'`)
  code.write('handler.ts', TWO_FILES['handler.ts'].replace('=> a', '=> a + 2'))
  await says('lib/a.ts and 1 more changed; the next invocation uses them')

  expect(await answer()).toEqual({ answer: 'second2' })
  expect(log.lines).toHaveLength(1)
})

describe('code that cannot be loaded is tried again when it is mended', () => {
  it.each([
    [
      'syntax',
      'handler.ts',
      'export const handler = async () => {',
      `export const handler = async () => 'mended'`,
    ],
    ['syntax of an import', 'lib/a.ts', `export const a = {`, `export const a = 'mended'`],
    ['an error at import', 'lib/a.ts', `throw new Error('at import')`, `export const a = 'mended'`],
    ['an export that is not there', 'lib/a.ts', `export const b = 1`, `export const a = 'mended'`],
  ])('%s', async (_name, file, broken, mended) => {
    const { code, log, says, answer } = functionOf(TWO_FILES)
    expect(await answer()).toEqual({ answer: 'first' })

    code.write(file, broken)
    await says(lastEdit(file))
    await waitFor(() => log.lines.some((line) => line.startsWith('f: cannot be loaded: ')), {
      what: 'the reason',
    })
    expect(await answer()).toMatchObject({ error: expect.anything() })

    log.lines.length = 0
    code.write(file, mended)
    await says(lastEdit(file))
    expect(await answer()).toEqual({ answer: 'mended' })
    expect(log.lines).toHaveLength(1)
  })

  it.each([
    ['a file', 'lib/later.ts', './lib/later.ts'],
    ['a file imported without its extension', 'lib/later.ts', './lib/later'],
    ['a file in folders that are not there', 'more/lib/later.ts', './more/lib/later.ts'],
    ['the index of a folder', 'more/index.ts', './more'],
  ])('%s that was missing', async (_name, file, specifier) => {
    const { code, says, answer } = functionOf({
      'handler.ts': `import { later } from '${specifier}'; export const handler = async () => later`,
    })
    expect(await answer()).toMatchObject({ error: { errorMessage: expect.stringContaining('Cannot find') } })

    code.write(file, `export const later = 'there'`)
    await says(lastEdit(file))
    expect(await answer()).toEqual({ answer: 'there' })
  })

  it('a handler file that was missing', async () => {
    const { code, says, answer } = functionOf({})
    expect(await answer()).toMatchObject({ error: { errorType: 'Runtime.ImportModuleError' } })

    code.write('handler.ts', `export const handler = async () => 'there'`)
    await says(lastEdit('handler.ts'))
    expect(await answer()).toEqual({ answer: 'there' })
  })
})

it('survives that folders are deleted, moved and made anew', async () => {
  const { code, says, log, answer } = functionOf(TWO_FILES)
  expect(await answer()).toEqual({ answer: 'first' })

  code.move('lib', 'old')
  await says(lastEdit('lib/a.ts'))
  expect(await answer()).toMatchObject({ error: expect.anything() })

  log.lines.length = 0
  code.write('lib/a.ts', `export const a = 'second'`)
  await says(lastEdit('lib/a.ts'))
  expect(await answer()).toEqual({ answer: 'second' })

  log.lines.length = 0
  code.delete('lib')
  code.write('lib/a.ts', `export const a = 'third'`)
  await says(lastEdit('lib/a.ts'))
  expect(await answer()).toEqual({ answer: 'third' })

  log.lines.length = 0
  code.write('lib/a.ts', `export const a = 'fourth'`)
  await says(lastEdit('lib/a.ts'))
  expect(await answer()).toEqual({ answer: 'fourth' })
})

describe('no workers pile up', () => {
  it('over 50 edits', async () => {
    const { code, pool, log, answer } = functionOf({
      'handler.js': `import { a } from './a.js'; export const handler = async () => a`,
      'a.js': `export const a = 0`,
    })
    expect(await answer()).toEqual({ answer: 0 })

    let most = 0
    for (let edit = 1; edit <= 50; edit += 1) {
      code.write('a.js', `export const a = ${edit}`)
      await waitFor(() => log.lines.length === edit, { what: `edit ${edit}` })
      expect(await answer()).toEqual({ answer: edit })
      most = Math.max(most, pool.threads)
    }

    expect(most).toBeLessThanOrEqual(3)
    expect(pool.size).toBe(1)
    await waitFor(() => pool.threads === 1, { what: 'all others to end' })
  })

  it('nor processes of the compiler', async () => {
    const { code, log, answer } = functionOf({ 'handler.ts': 'export const handler = async () => 0' })
    expect(await answer()).toEqual({ answer: 0 })

    const before = childProcesses()
    for (let edit = 1; edit <= 5; edit += 1) {
      code.write('handler.ts', `export const handler = async (): Promise<unknown> => ${Date.now()}`)
      await waitFor(() => log.lines.length === edit, { what: `edit ${edit}` })
      expect(await answer()).toMatchObject({ answer: expect.any(Number) })
    }
    expect(childProcesses()).toBe(before)
  })

  it('over 50 failures', async () => {
    const { pool, answer } = functionOf({
      'handler.js': `export const handler = async () => process.exit(1)`,
    })
    const before = osThreads()

    let most = 0
    for (let failure = 0; failure < 50; failure += 1) {
      expect(await answer()).toMatchObject({ error: { errorType: 'Runtime.ExitError' } })
      most = Math.max(most, pool.threads)
    }

    expect(most).toBeLessThanOrEqual(3)
    await waitFor(() => pool.threads === 0, { what: 'all to end' })
    await waitFor(() => osThreads() <= before, { what: 'their threads to be gone' })
  })
})

/** Threads of this process, where the system tells them (Linux). */
function osThreads(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  return Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 0)
}

/** Processes that this one has started, also those that have ended and that nobody has asked about (Linux). */
function childProcesses(): number {
  const tasks = existsSync('/proc/self/task') ? readdirSync('/proc/self/task') : []
  return tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').match(/\d+/g) ?? [])
    .length
}
