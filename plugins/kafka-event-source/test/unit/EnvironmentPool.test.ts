import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import type { FunctionError } from '../../src/batchOutcome.ts'
import { EnvironmentPool } from '../../src/runner/EnvironmentPool.ts'
import type { FunctionSettings } from '../../src/runner/functionSettings.ts'

const FIXTURE = fileURLToPath(new URL('../fixture/', import.meta.url))
const pools: EnvironmentPool[] = []
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())))

function poolOf(handler: string, settings: Partial<FunctionSettings> = {}, idleLimitMs = 60_000) {
  const between: FunctionError[] = []
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
    { failedBetweenInvocations: (error) => between.push(error), idleLimitMs },
  )
  pools.push(pool)
  return { pool, between }
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
    ['from a nested export', 'failing.nested.api.handler', 'nested'],
    ['from a CommonJS file', 'commonJs.handler', 'from CommonJS'],
  ])('may be %s', async (_name, handler, answer) => {
    expect(await invoke(handler)).toEqual({ answer })
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

describe('a function error, after which the next invocation works the same way, comes of a handler that', () => {
  it.each([
    ['throws an Error', 'throwsError', 'RangeError', 'too much'],
    ['throws before it is async', 'throwsAtOnce', 'Error', 'at once'],
    ['throws text', 'throwsText', 'string', 'text'],
    ['throws null', 'throwsNull', 'object', 'null'],
    ['answers what has no JSON', 'answersBigInt', 'TypeError', 'Do not know how to serialize a BigInt'],
    ['exits', 'exits', 'Runtime.ExitError', 'Runtime exited with error: exit status 3'],
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
    const { pool, between } = poolOf(`failing.${handler}`)

    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await pool.invoke('{}', 'id')).toEqual({
        error: { errorType, errorMessage, trace: expect.any(Array) },
      })
    }
    expect(between).toEqual([])
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

  it('fills its memory', async () => {
    const result = await invoke('failing.fillsMemory', { memorySizeMb: 128 })

    expect(result).toMatchObject({ error: { errorMessage: expect.stringContaining('memory limit') } })
  })

  it.each([
    ['has a file that throws at import', 'broken.handler', 'Error', 'broken at import'],
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

it('replaces an environment that fails after its answer, and says so', async () => {
  const { pool, between } = poolOf('failing.failsAfterAnswer')

  expect(await pool.invoke('{}', 'id')).toEqual({ answer: null })
  await waitFor(() => between.length === 1, { what: 'the late error' })

  expect(between[0]?.errorMessage).toBe('Error: too late')
  expect(await pool.invoke('{}', 'id')).toEqual({ answer: null })
})

it('runs one invocation at a time in each environment, uses the last one again, and gives up idle ones but one', async () => {
  const { pool } = poolOf('failing.counts', {}, 200)

  expect(
    await Promise.all([pool.invoke('{}', 'id'), pool.invoke('{}', 'id'), pool.invoke('{}', 'id')]),
  ).toEqual([{ answer: 1 }, { answer: 1 }, { answer: 1 }])
  expect(pool.size).toBe(3)
  expect(await pool.invoke('{}', 'id')).toEqual({ answer: 2 })

  await waitFor(() => pool.size === 1, { what: 'idle environments to end' })
})

it('ends what runs when it is closed', async () => {
  const { pool } = poolOf('failing.hangs')
  const running = pool.invoke('{}', 'id')

  await pool.close()

  expect(await running).toMatchObject({ error: { errorType: 'Sandbox.Closed' } })
})

it('loses no line that a handler printed before its environment ended', async () => {
  const child = spawn(process.execPath, [`${FIXTURE}printAndSpin.ts`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

  const lines = (await text(child.stdout)).trimEnd().split('\n')

  expect(lines).toEqual(Array.from({ length: 20_000 }, (_, line) => `line ${line}`))
})
