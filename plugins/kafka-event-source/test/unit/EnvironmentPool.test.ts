import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import type { FunctionError } from '../../src/polling/batchOutcome.ts'
import { EnvironmentPool } from '../../src/runner/EnvironmentPool.ts'
import type { FunctionSettings } from '../../src/runner/functionSettings.ts'
import { KeptLog } from '../helpers/log.ts'

const FIXTURE = fileURLToPath(new URL('../fixture/', import.meta.url))
const pools: EnvironmentPool[] = []
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())))

function poolOf(
  handler: string,
  settings: Partial<FunctionSettings> = {},
  times: { idleLimitMs?: number; growAfterMs?: number } = {},
) {
  const log = new KeptLog()
  const pool = new EnvironmentPool(
    {
      functionKey: 'f',
      functionName: 'shop-dev-f',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-dev-f',
      handler,
      codeFolder: FIXTURE,
      runtime: 'nodejs24.x',
      memorySizeMb: 256,
      timeoutMs: 10_000,
      environment: { OWN: 'yes' },
      ...settings,
    },
    { log, ...times },
  )
  pools.push(pool)
  return { pool, log }
}
const invoke = (handler: string, settings?: Partial<FunctionSettings>) =>
  poolOf(handler, settings).pool.invoke('{}', 'id')

describe('an answer', () => {
  it('is what the handler returns, for the event and in the environment of the function alone', async () => {
    const { pool } = poolOf('failing.answers')

    expect(await pool.invoke('{"records":{}}', 'id')).toEqual({
      answer: { event: { records: {} }, environment: { OWN: 'yes' } },
    })
  })

  it.each([
    ['nothing', 'failing.answersNothing', null],
    ['a function', 'failing.answersFunction', null],
    ['an object, without its methods', 'failing.answersMethod', { kept: 1 }],
    ['what a thenable resolves to', 'failing.answersThenable', 'in the end'],
    ['from a nested export', 'failing.nested.api.handler', 'nested'],
    ['from a file that also has handlers that stream', 'streaming.answers', 'as a whole'],
    ['given by code that changed JSON', 'failing.replacesJson', 'answer'],
    ['given by code that asks whether its process is there', 'failing.asksForItself', true],
    [
      'given by code that cannot know of the thread',
      'failing.describesThread',
      { isMainThread: true, parentPort: null, workerData: null },
    ],
    ['from a CommonJS file', 'commonJs.handler', 'from CommonJS'],
  ])('may be %s', async (_name, handler, answer) => {
    expect(await invoke(handler)).toEqual({ answer })
  })

  it('comes from any TypeScript with tsx, and from what Node.js removes the types of without it', async () => {
    expect(await invoke('enumeration.answers')).toEqual({ answer: 'red' })
    const withoutTsx = (handler: string) => invoke(handler, { typeScript: 'node' })
    expect(await withoutTsx('streaming.answers')).toEqual({ answer: 'as a whole' })
    expect(await withoutTsx('enumeration.answers')).toMatchObject({
      error: { errorMessage: expect.stringMatching(/enum is not supported in strip-only mode/) },
    })
  })

  it('is given with a context as in Lambda', async () => {
    expect(await invoke('failing.describesContext')).toEqual({
      answer: {
        awsRequestId: 'id',
        callbackWaitsForEmptyEventLoop: true,
        functionName: 'shop-dev-f',
        functionVersion: '$LATEST',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-dev-f',
        logGroupName: '/aws/lambda/shop-dev-f',
        logStreamName: 'local',
        memoryLimitInMB: '256',
        remaining: expect.any(Number),
      },
    })
  })
})

describe('the longest answer', () => {
  it.each([
    ['is 6,291,556 bytes of JSON', 'x', 6_291_554, 6_291_554],
    ['is not longer for characters of several bytes', 'é', 3_145_777, 3_145_777],
  ])('%s', async (_name, text, times, length) => {
    const { pool } = poolOf('failing.answersText')

    const longest = await pool.invoke(JSON.stringify({ text, times }), 'id')
    const longer = await pool.invoke(JSON.stringify({ text, times: times + 1 }), 'id')

    expect((longest as { answer: string }).answer).toHaveLength(length)
    expect(longer).toMatchObject({
      error: {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
    })
    expect(pool.size).toBe(1)
  })
})

describe('a function error, after which the next invocation works the same way, comes of a handler that', () => {
  it.each([
    ['throws an Error', 'throwsError', 'RangeError', 'too much'],
    ['throws before it is async', 'throwsAtOnce', 'Error', 'at once'],
    ['throws text', 'throwsText', 'string', 'text'],
    ['throws null', 'throwsNull', 'object', 'null'],
    ['answers what has no JSON', 'answersBigInt', 'TypeError', 'Do not know how to serialize a BigInt'],
    ['answers a circle', 'answersCircle', 'TypeError', expect.stringContaining('circular')],
    ['answers what throws when read', 'answersThrowingGetter', 'RangeError', 'from a getter'],
    ['answers what has no JSON of its own', 'answersThrowingToJson', 'RangeError', 'from toJSON'],
    ['throws an Error that cannot be read', 'throwsUnreadableError', 'Error', 'undefined'],
    ['throws what has no JSON', 'throwsWithoutJson', 'object', 'a value that has no text'],
    ['throws what cannot be looked at', 'throwsProxy', 'object', 'a value that has no text'],
    ['needs its object', 'api.handle', 'TypeError', expect.any(String)],
    ['exits', 'exits', 'Runtime.ExitError', 'Runtime exited with error: exit status 3'],
    ['exits later', 'exitsLater', 'Runtime.ExitError', 'Runtime exited with error: exit status 4'],
    ['exits and throws at that', 'exitsAndThrows', expect.any(String), expect.any(String)],
    ['kills its process', 'killsItself', 'Runtime.ExitError', 'Runtime exited with error: signal: SIGTERM'],
    [
      'kills its process group',
      'killsItsGroup',
      'Runtime.ExitError',
      'Runtime exited with error: signal: SIGKILL',
    ],
    ['aborts', 'aborts', expect.any(String), expect.any(String)],
    ['removes all listeners and fails', 'removesListeners', 'Error', 'nobody waits'],
    [
      'leaves a rejection alone',
      'rejectsUnawaited',
      'Runtime.UnhandledPromiseRejection',
      'Error: nobody waits',
    ],
    ['throws in a timer', 'throwsInTimer', 'Error', 'in a timer'],
    ['takes a callback', 'takesCallback', 'Runtime.CallbackHandlerDeprecated', expect.any(String)],
    ['is no function', 'noFunction', 'Runtime.HandlerNotFound', expect.any(String)],
    ['is not exported', 'missing', 'Runtime.HandlerNotFound', expect.any(String)],
  ])('%s', async (_name, handler, errorType, errorMessage) => {
    const { pool, log } = poolOf(`failing.${handler}`)

    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await pool.invoke('{}', 'id')).toEqual({
        error: { errorType, errorMessage, trace: expect.any(Array) },
      })
    }
    expect(log.lines).toEqual([])
  })

  it.each(['hangs', 'spins'])('%s, after the timeout', async (handler) => {
    const { pool } = poolOf(`failing.${handler}`, { timeoutMs: 300 })

    const { error } = (await pool.invoke('{}', 'id')) as { error: FunctionError }

    expect([error.errorType, error.errorMessage]).toEqual([
      'Sandbox.Timedout',
      'Task timed out after 0.30 seconds',
    ])
    expect(pool.size).toBe(0)
  })

  it.each([
    ['fills its memory', 'fillsMemory'],
    ['fills it with one array, which V8 would end the process for', 'growsArray'],
  ])('%s', async (_name, handler) => {
    const result = await invoke(`failing.${handler}`, { memorySizeMb: 128, timeoutMs: 50_000 })

    expect(result).toMatchObject({
      error: {
        errorType: 'Runtime.OutOfMemory',
        errorMessage: 'The function needs more than its 128 MB (memorySize)',
      },
    })
  })

  it.each([
    ['has a file that throws at import', 'broken.handler', 'Error', 'broken at import'],
    ['streams', 'streaming.streams', 'Runtime.StreamingHandler', expect.any(String)],
    ['has no file', 'nowhere.handler', 'Runtime.ImportModuleError', expect.any(String)],
    ['has no export in its setting', 'failing', 'Runtime.MalformedHandlerName', expect.any(String)],
  ])('%s', async (_name, handler, errorType, errorMessage) => {
    expect(await invoke(handler)).toMatchObject({ error: { errorType, errorMessage } })
  })
})

it('never uses an environment again that ended', async () => {
  const { pool } = poolOf('failing.exitsWhenAsked')

  expect(await pool.invoke('{"exit":true}', 'id')).toMatchObject({
    error: { errorType: 'Runtime.ExitError' },
  })
  expect(await pool.invoke('{"exit":false}', 'id')).toEqual({ answer: 'alive' })
})

it.each([
  ['rejects', 'failsAfterAnswer', 'Runtime.UnhandledPromiseRejection: Error: too late (failing.ts:L:C)'],
  ['throws', 'throwsAfterAnswer', 'Error: too late (failing.ts:L:C)'],
  ['exits', 'exitsAfterAnswer', 'Runtime.ExitError: Runtime exited without providing a reason'],
])('replaces an environment that %s after its answer, and says so', async (_name, handler, said) => {
  const { pool, log } = poolOf(`failing.${handler}`)

  expect(await pool.invoke('{}', 'id')).toEqual({ answer: null })
  await waitFor(() => log.lines.length === 1, { what: 'the late error' })

  expect(log.lines[0]?.replace(/:\d+:\d+/, ':L:C')).toBe(
    `f: ${said} (outside of an invocation; its environment is replaced)`,
  )
  expect(await pool.invoke('{}', 'id')).toEqual({ answer: null })
})

it('runs one invocation at a time in each environment, uses the last one again, and gives up idle ones but one', async () => {
  const { pool } = poolOf('failing.counts', {}, { idleLimitMs: 3_000, growAfterMs: 1 })

  expect(
    await Promise.all([pool.invoke('{}', 'id'), pool.invoke('{}', 'id'), pool.invoke('{}', 'id')]),
  ).toEqual([{ answer: 1 }, { answer: 1 }, { answer: 1 }])
  expect(pool.size).toBe(3)
  expect(await pool.invoke('{}', 'id')).toEqual({ answer: 2 })

  await waitFor(() => pool.size === 1, { what: 'idle environments to end' })
})

it('lets invocations take an environment that becomes free in a moment, in their order', async () => {
  const { pool } = poolOf('failing.counts', {}, { growAfterMs: 60_000 })
  const invocations = Array.from({ length: 4 }, () => pool.invoke('{}', 'id'))

  expect(await Promise.all(invocations)).toEqual([1, 2, 3, 4].map((answer) => ({ answer })))
  expect(pool.size).toBe(1)
})

it('goes on at once after many environments ended together', async () => {
  const { pool } = poolOf('failing.hangsWhenAsked', { timeoutMs: 1_000 })
  const twelve = (event: string) => Promise.all(Array.from({ length: 12 }, () => pool.invoke(event, 'id')))
  expect(await twelve('{"hang":false}')).toEqual(Array(12).fill({ answer: 'alive' }))

  expect(await twelve('{"hang":true}')).toEqual(Array(12).fill({ error: expect.anything() }))
  expect(await pool.invoke('{"hang":false}', 'id')).toEqual({ answer: 'alive' })
})

it('starts no more threads when those that were cut off do not end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-'))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const { pool } = poolOf('failing.waitsForPipe', { timeoutMs: 50 })
  const invoke = () => pool.invoke(JSON.stringify({ pipe }), 'id')
  try {
    for (let count = 1; count <= 10; count += 1) {
      expect(await invoke()).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } })
      expect(pool.threads).toBe(count)
    }
    expect(await invoke()).toMatchObject({ error: { errorType: 'Sandbox.Stuck' } })
    expect(pool.threads).toBe(10)
  } finally {
    // A writer comes, so that the readers go on, and end.
    closeSync(openSync(pipe, 'r+'))
  }
  await waitFor(() => pool.threads === 0, { what: 'the threads to end' })
  rmSync(folder, { recursive: true })
})

it('ends what runs when it is closed', async () => {
  const { pool } = poolOf('failing.hangs')
  const running = pool.invoke('{}', 'id')

  await pool.close()

  expect(await running).toMatchObject({ error: { errorType: 'Sandbox.Closed' } })
  expect(await pool.invoke('{}', 'id')).toMatchObject({
    error: { errorMessage: 'The function is not invoked any more' },
  })
  await waitFor(() => pool.threads === 0, { what: 'all threads to end' })
})

it('loses no line that a handler printed before its environment ended', async () => {
  const child = spawn(process.execPath, [`${FIXTURE}printAndSpin.ts`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

  const lines = (await text(child.stdout)).trimEnd().split('\n')

  expect(lines).toEqual(Array.from({ length: 20_000 }, (_, line) => `line ${line}`))
})
