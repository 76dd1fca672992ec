import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { FileDestination } from '../../../src/onFailure/FileDestination.ts'
import { aRecord } from '../../helpers/records.ts'

const failed = (requestId: string) => ({
  records: [aRecord()],
  condition: 'RecordAgeExceeded' as const,
  requestId,
  invokeCount: 1,
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'on-failure-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const announced: string[] = []
const openFile = (file: string) =>
  new FileDestination({
    file,
    document: ({ requestId }) => JSON.stringify({ requestId }),
    announce: (path) => announced.push(path),
  })

it('appends a line for each document, in a folder that it makes, and announces the file once', async () => {
  const file = join(folder, 'a', 'b', 'payment.jsonl')
  announced.length = 0

  const destination = openFile(file)
  expect(announced).toEqual([])
  await destination.send(failed('1'))
  await destination.send(failed('2'))
  await openFile(file).send(failed('3'))

  expect(readFileSync(file, 'utf8')).toBe('{"requestId":"1"}\n{"requestId":"2"}\n{"requestId":"3"}\n')
  expect(announced).toHaveLength(2)
  expect(announced[0]).toContain('payment.jsonl')
  expect(destination.label).toContain('payment.jsonl')
})

it('keeps documents that come at once in their order, a line each', async () => {
  const file = join(folder, 'payment.jsonl')
  const names = Array.from({ length: 30 }, (_, number) => `${number}`.repeat(100_000))
  const destination = openFile(file)

  await Promise.all(names.map((name) => destination.send(failed(name))))

  expect(readFileSync(file, 'utf8') === names.map((name) => `{"requestId":"${name}"}\n`).join('')).toBe(true)
})

it('begins a new line after what a killed process left', async () => {
  const file = join(folder, 'payment.jsonl')
  writeFileSync(file, '{"requestId":"1"}\n{"reque')

  await openFile(file).send(failed('2'))

  expect(readFileSync(file, 'utf8')).toBe('{"requestId":"1"}\n{"reque\n{"requestId":"2"}\n')
})

it('makes the file again when it was removed', async () => {
  const file = join(folder, 'payment.jsonl')
  const destination = openFile(file)
  await destination.send(failed('1'))
  rmSync(file)

  await destination.send(failed('2'))

  expect(readFileSync(file, 'utf8')).toBe('{"requestId":"2"}\n')
})

it('says why it cannot write', async () => {
  writeFileSync(join(folder, 'in-the-way'), '')

  await expect(openFile(join(folder, 'in-the-way', 'payment.jsonl')).send(failed('1'))).rejects.toThrow(
    'in-the-way',
  )
})

it('keeps the lines of two processes apart, however long they are', async () => {
  const file = join(folder, 'payment.jsonl')
  const program = `
    import { FileDestination } from ${JSON.stringify(new URL('../../../src/onFailure/FileDestination.ts', import.meta.url).href)}
    const [file, name] = process.argv.slice(1)
    const destination = new FileDestination({
      file,
      document: (failed) => JSON.stringify({ name, number: failed.requestId, filling: name.repeat(1_500_000) }),
      announce() {},
    })
    for (let number = 0; number < 20; number += 1) await destination.send({ requestId: number })
  `
  const run = (name: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, file, name])

  await Promise.all([run('a'), run('b')])

  const documents = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  for (const name of ['a', 'b']) {
    const own = documents.filter((document) => document.name === name)
    expect(own.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, number) => number))
    expect(own.every(({ filling }) => filling.length === 1_500_000)).toBe(true)
  }
})
