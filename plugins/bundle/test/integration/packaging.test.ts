import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { unzipSync } from 'fflate'
import { type HttpStandIn, startHttpStandIn } from '../../../../test/helpers/httpStandIn.ts'
import { handlerModule } from '../../src/handlerModule.ts'
import { BundledService } from '../helpers/BundledService.ts'

const HANDLER = `import * as z from 'zod'
const schema = z.object({ n: z.number() })
export const handler = async (event: unknown) => schema.parse(event)
`

let service: BundledService
let lambda: HttpStandIn | undefined
afterEach(async () => {
  service.remove()
  await lambda?.close()
})

const contentsOf = (zip: string) => unzipSync(readFileSync(zip))

const filesIn = (zip: string) => Object.keys(contentsOf(zip)).sort()

/** @returns the folder beside the zip that its files are in now */
function unpack(zip: string): string {
  const folder = `${zip}.unpacked`
  for (const [name, bytes] of Object.entries(contentsOf(zip))) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  return folder
}

/** Runs a function out of its zip, unpacked where nothing else is, as Lambda has it. */
function runFromZip(zip: string, handler: string, event: object): unknown {
  const folder = unpack(zip)
  const { source, exported } = handlerModule(handler)
  const code = `
    const { ${exported}: handler } = require(${JSON.stringify(`${path.join(folder, source)}.cjs`)})
    handler(${JSON.stringify(event)}).then((answer) => console.log(JSON.stringify(answer)))`
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }))
}

const BUNDLE = '.build/functions/first.cjs'

describe('serverless package', () => {
  it('packs each function alone into one file with its source map, and tells the sizes as measured', async () => {
    service = new BundledService({ first: HANDLER, second: 'export const handler = async () => 2' })
    service.write('stray.txt', 'not to be packed')

    const { code, output } = await service.run(['package'])

    expect(code).toBe(0)
    const zips = path.join(service.folder, '.serverless')
    expect(readdirSync(zips).filter((file) => file.endsWith('.zip'))).toEqual(['first.zip', 'second.zip'])
    expect(filesIn(path.join(zips, 'first.zip'))).toEqual([BUNDLE, `${BUNDLE}.map`])
    const kB = (name: string) => Math.round(statSync(path.join(zips, `${name}.zip`)).size / 1_000)
    expect(output).toContain(`Bundles: first ${kB('first')} kB, second ${kB('second')} kB\n`)
  })

  it('packs what is imported on first use into files of its own, those of this time only', async () => {
    service = new BundledService({
      first: "export const handler = async () => (await import('./part.ts')).part",
    })
    const zip = path.join(service.folder, '.serverless/first.zip')
    const packed: string[][] = []
    for (const value of ['one', 'two']) {
      service.write('functions/part.ts', `export const part = '${value}'`)
      await service.run(['package'])
      packed.push(filesIn(zip))
      expect(runFromZip(zip, '.build/functions/first.handler', {})).toBe(value)
    }

    const parts = packed.map((files) => files.filter((file) => /first\.part-\w+\.cjs$/.test(file)))
    expect(parts).toEqual([[expect.any(String)], [expect.any(String)]])
    expect(parts[0]).not.toEqual(parts[1])
    expect(readdirSync(path.join(service.folder, '.build/functions')).sort()).toEqual(
      packed[1]?.map((file) => path.basename(file)),
    )
  })

  it('keeps the names that a CommonJS module exports, when it is imported on first use', async () => {
    const lines = [
      'export const handler = async () => {',
      "  const all = await import('./old.cjs')",
      '  return [all.named, all.default.named, (await import("./plain.cjs")).default()]',
      '}',
    ]
    service = new BundledService({ first: lines.join('\n') })
    service.write(
      'functions/old.cjs',
      "Object.defineProperty(exports, '__esModule', { value: true })\nexports.named = 1\nexports.default = { named: 2 }",
    )
    service.write('functions/plain.cjs', 'module.exports = () => 3')

    await service.run(['package'])

    const zip = path.join(service.folder, '.serverless/first.zip')
    expect(runFromZip(zip, '.build/functions/first.handler', {})).toEqual([1, 2, 3])
  })
})

describe('a handler that cannot be bundled', () => {
  it('is told: it does not export what serverless.yml names', async () => {
    service = new BundledService({ first: "export * from './old.cjs'" })
    service.write('functions/old.cjs', 'exports.handler = async () => 1')

    const { code, output } = await service.run(['package'])

    expect(code).toBe(1)
    expect(output).toContain(
      'The handler of first cannot be bundled. functions/first.ts does not export handler by its name.',
    )
  })

  it.each([
    [
      'is no TypeScript',
      'export const handler = async () => {\n  const { a: } = 1\n}',
      /2:13: ERROR: .*Expected identifier/,
    ],
    [
      'waits at its top',
      'export const handler = await Promise.resolve()',
      /1:23: ERROR: .*Top-level await is not available/,
    ],
  ])('is told with its place in the source: it %s', async (_what, handler, expected) => {
    service = new BundledService({ first: handler })

    const { code, output } = await service.run(['package'])

    expect(code).toBe(1)
    expect(output).toMatch(/The handler of first cannot be bundled/)
    expect(output).toMatch(new RegExp(`functions/first\\.ts:${expected.source}`))
  })
})

describe('a stack of a function in its zip', () => {
  /** Where nothing but the zip is. */
  async function stackOf(handler: string, others: Record<string, string> = {}): Promise<string> {
    service = new BundledService({ first: handler })
    for (const [file, text] of Object.entries(others)) service.write(`functions/${file}`, text)
    await service.run(['package'])
    const folder = unpack(path.join(service.folder, '.serverless/first.zip'))
    const code = `require(${JSON.stringify(path.join(folder, BUNDLE))}).handler().catch(({ stack }) => console.log(stack))`
    return execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' })
  }

  it("leads to the line of the handler's source, and knows no line of a package", async () => {
    const lines = [
      "import * as z from 'zod'",
      'const fail = () => {',
      "  throw new TypeError('no luck')",
      '}',
      "export const handler = async () => z.string().refine(fail).parse('')",
    ]

    const [message, first, ...frames] = (await stackOf(lines.join('\n'))).trimEnd().split('\n')

    expect(message).toBe('TypeError: no luck')
    expect(first).toMatch(/^ {4}at .*fail.* \(.*\/functions\/first\.ts:3:9\)$/)
    const zod = frames.findIndex((frame) => /\.build\/functions\/first\.cjs:\d+:\d+\)$/.test(frame))
    const caller = frames.findIndex((frame) => /handler \(.*\/functions\/first\.ts:5:60\)$/.test(frame))
    expect([zod, caller]).toEqual([0, expect.any(Number)])
    expect(caller).toBeGreaterThan(zod)
    const { sources } = JSON.parse(
      readFileSync(path.join(service.folder, '.build/functions/first.cjs.map'), 'utf8'),
    )
    expect(sources.filter((source: string) => source.includes('zod'))).toEqual([])
  })

  it('leads to the line of what was loaded on first use', async () => {
    const part = ['', 'export function fail(): never {', "  throw new RangeError('no luck')", '}']

    const stack = await stackOf("export const handler = async () => (await import('./part.ts')).fail()", {
      'part.ts': part.join('\n'),
    })

    expect(stack).toMatch(
      /^RangeError: no luck\n {4}at .*fail \(.*\/functions\/part\.ts:3:9\)\n {4}at .*\/functions\/first\.ts:1:\d+/,
    )
  })

  it('is that of the bundle where its source map is missing', async () => {
    const lines = [
      "import { rmSync } from 'node:fs'",
      'declare const __filename: string',
      'export const handler = async () => {',
      "  rmSync(__filename + '.map')",
      "  throw new Error('no luck')",
      '}',
    ]

    const stack = await stackOf(lines.join('\n'))

    expect(stack).toMatch(/^Error: no luck\n {4}at .*first\.cjs:\d+:\d+/)
  })
})

describe('names in a zip', () => {
  it("are those of the project's own classes and functions, and those that packages give their errors", async () => {
    const lines = [
      "import { KafkaJSTimeout } from 'kafkajs'",
      'class Declined extends Error {',
      '  constructor() {',
      '    super()',
      '    this.name = new.target.name',
      '  }',
      '}',
      'const later = () => {}',
      "export const handler = async () => [new Declined().name, later.name, new KafkaJSTimeout('').name]",
    ]
    service = new BundledService({ first: lines.join('\n') })

    await service.run(['package'])

    const zip = path.join(service.folder, '.serverless/first.zip')
    expect(runFromZip(zip, '.build/functions/first.handler', {})).toEqual([
      'Declined',
      'later',
      'KafkaJSTimeout',
    ])
  })
})

describe('serverless deploy function', () => {
  it('uploads the bundle, which runs, and leaves the handler of the deployed function as it is', async () => {
    service = new BundledService({ first: HANDLER })
    const deployed = { FunctionName: 'bundled-dev-first', Handler: '.build/functions/first.handler' }
    lambda = await startHttpStandIn(() => ({
      body: JSON.stringify({
        Configuration: { ...deployed, State: 'Active', LastUpdateStatus: 'Successful' },
      }),
    }))

    const { code, output } = await service.run(['deploy', 'function', '-f', 'first'], {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: lambda.url,
    })

    expect([code, output]).toEqual([0, expect.stringContaining('Function code deployed')])
    const calls = lambda.requests.map(({ method, path: called }) => `${method} ${called}`)
    expect(calls).toContain('PUT /2015-03-31/functions/bundled-dev-first/code')
    const upload = lambda.requests.find(({ path: called }) => called.endsWith('/code'))
    const zip = path.join(service.folder, 'uploaded.zip')
    writeFileSync(zip, Buffer.from(JSON.parse(upload?.body ?? '{}').ZipFile, 'base64'))
    expect(filesIn(zip)).toEqual([BUNDLE, `${BUNDLE}.map`])
    expect(runFromZip(zip, deployed.Handler, { n: 1 })).toEqual({ n: 1 })
    const configured = lambda.requests.find(({ path: called }) => called.endsWith('/configuration'))
    expect(JSON.parse(configured?.body || '{}')).not.toHaveProperty('Handler')
  })
})
