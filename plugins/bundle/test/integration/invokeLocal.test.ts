import { afterEach, describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { BundledService } from '../helpers/BundledService.ts'

/** Something that keeps a process alive, as a connection does. */
const CONNECTION = "import net from 'node:net'\nnet.createServer().listen(0, '127.0.0.1')\n"

let service: BundledService
afterEach(() => service.remove())

/** The function has more time than a test, where its timeout is not what is tested. */
function invoke(handler: string, settings: object = { timeout: 900 }) {
  service = new BundledService({ work: handler }, settings)
  return service.start(['invoke', 'local', '-f', 'work', '-d', '{"n":1}'])
}

describe('serverless invoke local', () => {
  it('ends with what the function answers, though a connection is open', async () => {
    const handler = `${CONNECTION}export const handler = async ({ n }: { n: number }) => ({ doubled: n * 2 })`

    const { code, stdout } = await invoke(handler).ended

    expect([code, JSON.parse(stdout)]).toEqual([0, { doubled: 2 }])
  })

  it('ends with what the function throws, and where in its source', async () => {
    const handler = `${CONNECTION}type Unused = string\nexport const handler = async () => {\n  throw new Error('no luck')\n}`

    const { code, output } = await invoke(handler).ended

    expect(code).toBe(1)
    expect(output).toContain('no luck')
    expect(output).toMatch(/functions\/work\.ts:5:9/)
  })

  it.each([
    ['throws at once', "export const handler = () => {\n  throw new Error('no luck')\n}"],
    ['cannot be loaded', "export const handler = async () => 1\nthrow new Error('no luck')"],
    [
      'throws later on',
      "export const handler = async () => {\n  setTimeout(() => { throw new Error('no luck') })\n  await new Promise(() => {})\n}",
    ],
    [
      'leaves a rejection behind',
      "export const handler = async () => {\n  Promise.reject(new Error('no luck'))\n  await new Promise(() => {})\n}",
    ],
  ])('ends with the error of a function that %s, though a connection is open', async (_how, handler) => {
    const { code, output } = await invoke(CONNECTION + handler).ended

    expect(code).toBe(1)
    expect(output).toContain('no luck')
  })

  it.each([
    ['with a connection', CONNECTION],
    ['with nothing', ''],
  ])("ends at the function's timeout when the function never answers, %s open", async (_what, before) => {
    const handler = `${before}export const handler = async () => new Promise(() => {})`

    const { code, output } = await invoke(handler, { timeout: 1 }).ended

    expect(code).toBe(1)
    expect(output).toMatch(/Task timed out after 1\.00 seconds/)
  })

  it('ends when the bundle cannot be made, with the reason', async () => {
    const { code, output } = await invoke("import './missing.ts'\nexport const handler = async () => 1").ended

    expect(code).toBe(1)
    expect(output).toMatch(/The handler of work cannot be bundled.*missing\.ts/s)
    expect(output).not.toMatch(/at .*bundleHandler/)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at once with %s while the function works', async (signal) => {
    const handler = `${CONNECTION}export const handler = async () => {\n  console.log('begun')\n  await new Promise(() => {})\n}`
    const running = invoke(handler)
    await waitFor(() => running.output().includes('begun'), { what: 'the function runs', timeoutMs: 30_000 })

    running.child.kill(signal)

    expect(await running.ended).toMatchObject({ code: null, signal })
  })
})
