import { afterEach, expect, it } from '@jest/globals'
import { expectedFiles, sourceFiles } from '../../../src/runner/moduleReport.ts'
import { CodeFolder } from '../../helpers/codeFolder.ts'

let code: CodeFolder | undefined
afterEach(() => code?.remove())

const PARENT = 'file:///shop/src/handler.ts'

it.each([
  ['./later.ts', '/shop/src/later.ts'],
  ['./later.js', '/shop/src/later.ts'],
  ['../lib/later', '/shop/lib/later.mts'],
  ['./lib', '/shop/src/lib/index.ts'],
  ['./data.json', '/shop/src/data.json'],
  ['/shop/later', '/shop/later.js'],
  ['file:///shop/later.cjs', '/shop/later.cts'],
])('an import of %s expects, among others, %s', (specifier, file) => {
  expect(expectedFiles(specifier, PARENT)).toContain(file)
})

it('a package is not expected as a file, nor is anything of code that has no file', () => {
  expect(expectedFiles('kafkajs', PARENT)).toEqual([])
  expect(expectedFiles('#lib/a', PARENT)).toEqual([])
  expect(expectedFiles('./a', 'data:text/javascript,')).toEqual([])
  expect(expectedFiles('./a', undefined)).toEqual([])
})

it('the source files of a folder are those of its code', () => {
  code = new CodeFolder({
    'handler.ts': '',
    'lib/a.cjs': '',
    'lib/data.json': '',
    'README.md': '',
    'node_modules/kafkajs/index.js': '',
    '.build/handler.js': '',
  })

  expect(sourceFiles(code.path).sort()).toEqual(
    ['handler.ts', 'lib/a.cjs', 'lib/data.json'].map((name) => code?.file(name)),
  )
})
