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
})

describe('the source map in a zip', () => {
  it("leads an error to the line of the handler's source, and knows no line of a package", async () => {
    const lines = ["import * as z from 'zod'", '', 'export const handler = async () => z.string().parse(1)']
    service = new BundledService({ first: lines.join('\n') })
    await service.run(['package'])
    const folder = unpack(path.join(service.folder, '.serverless/first.zip'))

    const code = `require(${JSON.stringify(path.join(folder, BUNDLE))}).handler().catch(({ stack }) => console.log(stack))`
    const stack = execFileSync(process.execPath, ['--enable-source-maps', '-e', code], { encoding: 'utf8' })

    expect(stack).toMatch(/functions\/first\.ts:3:\d+/)
    const { sources } = JSON.parse(readFileSync(path.join(folder, `${BUNDLE}.map`), 'utf8'))
    expect(sources.filter((source: string) => source.includes('zod'))).toEqual([])
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
