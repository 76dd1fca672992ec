import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../../helpers/broker.ts'
import { deadLetterOf, sampleRecord } from '../../helpers/deadLetters.ts'
import { createOutcomesTable, startTestDynamoDb, type TestDynamoDb } from '../../helpers/dynamoDb.ts'
import { freePort } from '../../helpers/freePort.ts'
import { type ReceivedRequest, startHttpStandIn } from '../../helpers/httpStandIn.ts'
import { type CommandResult, runCommand } from '../../helpers/project.ts'
import { type RawTopics, rawTopics } from '../../helpers/rawTopics.ts'
import { uniqueName } from '../../helpers/topics.ts'
import { waitFor } from '../../helpers/waitFor.ts'

/** The command as people run it, on a Kafka of its own, since the name of its topic is given. */
describe('npm run dead-letters', () => {
  let broker: TestBroker
  let dynamoDb: TestDynamoDb
  let topics: RawTopics
  let env: NodeJS.ProcessEnv
  /** For each test anew: the table's items are by topic and offset. */
  let orders: string

  beforeAll(async () => {
    ;[broker, dynamoDb] = await Promise.all([startTestBroker(), startTestDynamoDb()])
    topics = await rawTopics(broker.brokers)
    await topics.createTopic('dead_letters', 1)
  }, 120_000)

  beforeEach(async () => {
    orders = uniqueName('orders')
    await topics.createTopic(orders, 1)
    const table = uniqueName('outcomes')
    await createOutcomesTable(dynamoDb.endpoint, table)
    env = {
      KAFKA_BROKERS: broker.brokers,
      DYNAMODB_ENDPOINT: dynamoDb.endpoint,
      OUTCOMES_TABLE: table,
    }
  })

  afterAll(async () => {
    await topics?.close()
    await Promise.all([broker?.remove(), dynamoDb?.remove()])
  })

  const run = (...args: string[]): Promise<CommandResult> =>
    runCommand(process.cwd(), ['npm', 'run', '--silent', 'dead-letters', '--', ...args], env)

  /** @returns the id of the one that was written last */
  const write = async (...values: Buffer[]) => {
    const written = await topics.write(
      'dead_letters',
      values.map((value) => ({ value })),
    )
    return `0/${written.at(-1)?.offset}`
  }
  const letter = (told: Parameters<typeof deadLetterOf>[1] = {}) =>
    deadLetterOf(sampleRecord({ topic: orders }), told)

  it('lists, shows and replays', async () => {
    const id = await write(letter({ condition: 'Declined', reason: 'no cover' }))

    const listed = await run('list', '--condition', 'Declined')
    expect([listed.code, listed.stderr]).toEqual([0, ''])
    expect(listed.stdout).toMatch(new RegExp(`^${id} +Declined +no cover +${orders} .* - *$`, 'm'))

    const shown = await run('show', id)
    expect([shown.code, shown.stderr]).toEqual([0, ''])
    expect(shown.stdout).toContain('"order_id": "o-1"')

    const dry = await run('replay', id, '--dry-run')
    expect([dry.code, dry.stderr]).toEqual([0, ''])
    expect(dry.stdout).toMatch(/^would be replayed/)

    const replayed = await run('replay', id)
    expect([replayed.code, replayed.stderr]).toEqual([0, ''])
    expect(replayed.stdout).toContain(`replayed  ${id}  ${orders} 0/7 -> 0/0\n`)
    expect(replayed.stdout).toMatch(/^1 replayed\.$/m)
    expect(await topics.read(orders)).toHaveLength(1)

    const again = await run('replay', id)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('with --again it is replayed once more')

    const json = await run('list', '--json')
    const line = json.stdout.split('\n').find((text) => text.includes(orders)) as string
    expect(JSON.parse(line)).toMatchObject({ id, replayedAt: expect.stringMatching(/Z$/) })
  })

  it('killed between writing and remembering, it replays that one again the next time', async () => {
    const id = await write(letter({ condition: 'Killed' }))
    const asked = ({ headers }: ReceivedRequest) => String(headers['x-amz-target']).split('.')[1]
    // It does not answer what is to be remembered.
    const table = await startHttpStandIn((request) =>
      asked(request) === 'BatchGetItem' ? { body: '{"Responses": {}}' } : undefined,
    )
    const args = ['dead-letters/index.ts', 'replay', '--all', '--condition', 'Killed']
    const child = spawn(process.execPath, args, {
      env: { ...env, PATH: process.env.PATH, DYNAMODB_ENDPOINT: table.url },
      stdio: 'ignore',
    })
    const exited = once(child, 'exit')
    await waitFor(() => table.requests.some((request) => asked(request) === 'PutItem'), {
      what: 'it remembers',
      timeoutMs: 30_000,
    })
    child.kill('SIGKILL')
    await exited
    await table.close()
    expect(await topics.read(orders)).toHaveLength(1)

    const second = await run('replay', '--all', '--condition', 'Killed')

    expect(second.stdout).toContain(`replayed  ${id}  ${orders} 0/7 -> 0/1\n`)
    expect(await topics.read(orders)).toHaveLength(2)
    const third = await run('replay', '--all', '--condition', 'Killed')
    expect([third.code, third.stdout]).toEqual([0, expect.stringContaining('0 to replay, 1 replayed before')])
  })

  it('goes on with the others, and ends with 1, when one cannot be replayed', async () => {
    await write(
      letter({ condition: 'RetriesExhausted' }),
      deadLetterOf(sampleRecord({ topic: 'gone' }), { condition: 'RetriesExhausted' }),
    )

    const { code, stdout, stderr } = await run('replay', '--all', '--condition', 'RetriesExhausted')

    expect([code, stdout]).toEqual([1, expect.stringMatching(/^1 replayed, 1 not replayed\.$/m)])
    expect(stderr).toContain('there is no topic gone')
  })

  it('lists without the table, and replays nothing without it', async () => {
    const id = await write(letter())
    env.DYNAMODB_ENDPOINT = `http://127.0.0.1:${await freePort()}`

    const listed = await run('list')
    expect(listed.code).toBe(0)
    expect(listed.stderr).toMatch(
      /^It is not known what was replayed\. The table outcomes-\S+ does not answer: /,
    )
    expect(listed.stdout).toMatch(new RegExp(`^${id} .* \\?$`, 'm'))

    const replayed = await run('replay', '--all')
    expect([replayed.code, replayed.stdout]).toEqual([1, ''])
    expect(replayed.stderr).toMatch(/^The table outcomes-\S+ does not answer: /)
    expect(await topics.read(orders)).toEqual([])
  })

  it('says so when Kafka is not there, and how it is used when it is used wrongly', async () => {
    env.KAFKA_BROKERS = `127.0.0.1:${await freePort()}`
    const away = await run('list')
    expect([away.code, away.stdout]).toEqual([1, ''])
    expect(away.stderr).toMatch(/^Could not read from Kafka at 127\.0\.0\.1:\d+: .*\. Is it running/)

    const wrong = await run('replay', 'twelve')
    expect([wrong.code, wrong.stdout]).toEqual([1, ''])
    expect(wrong.stderr).toMatch(/^"twelve" is no id; [^\n]*\n\nnpm run dead-letters -- <command>/)
  })
})
