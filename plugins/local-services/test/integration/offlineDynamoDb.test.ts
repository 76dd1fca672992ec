import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { startTestDynamoDb, type TestDynamoDb } from '../../../../test/helpers/dynamoDb.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { readUsage } from '../../src/dataFolder.ts'
import { withDynamoDb } from '../../src/dynamoDbTables.ts'
import { accepts } from '../../src/ports.ts'
import { ChildProgram } from '../helpers/ChildProgram.ts'
import { FixtureService, READY } from '../helpers/FixtureService.ts'
import { processesWith } from '../helpers/processes.ts'

const TABLE = 'local-services-fixture-dev-outcomes'
const ITEM = { id: { S: 'charge/1' } }

let service: FixtureService
beforeEach(async () => {
  service = await FixtureService.create()
  service.declareTable()
})
afterEach(() => service.remove())

const endpointOf = ({ ports }: FixtureService) => `http://127.0.0.1:${ports.dynamoDb}`

const noProcessLeft = () =>
  waitFor(() => processesWith(service.folder).length === 0, { what: 'no process of the service is left' })

const put = (endpoint: string) =>
  withDynamoDb(endpoint, (client) => client.putItem({ TableName: TABLE, Item: ITEM }))

const get = (endpoint: string) =>
  withDynamoDb(endpoint, async (client) => (await client.getItem({ TableName: TABLE, Key: ITEM })).Item)

const seenByHandler = async ({ url }: FixtureService) => (await fetch(`${url}/tables`)).json()

const invokeLocal = async (of: FixtureService, env: NodeJS.ProcessEnv = {}) => {
  const program = of.serverless(['invoke', 'local', '-f', 'tables'], env)
  expect({ exit: await program.exited, output: program.output }).toMatchObject({ exit: 0 })
  const body = /"body": (".*")/.exec(program.output)?.[1] ?? 'null'
  return { output: program.output, seen: JSON.parse(JSON.parse(body)) }
}

const reset = ({ folder }: FixtureService) =>
  new ChildProgram([new URL('../../reset.ts', import.meta.url).pathname, folder])

describe('beside a running system with a table', () => {
  let running: FixtureService
  let offline: ChildProgram
  beforeAll(async () => {
    running = await FixtureService.create()
    running.declareTable()
    offline = running.offline()
    await offline.printed(READY)
  })
  afterAll(() => running.remove())

  it('a function sees the endpoint, and the name of the table that it refers to', async () => {
    expect(await seenByHandler(running)).toEqual({ endpoint: endpointOf(running), table: TABLE })
  })

  it('invoke local gives the same, on whatever port', async () => {
    const { seen, output } = await invokeLocal(running, { DYNAMODB_PORT: '' })

    expect(seen).toEqual({ endpoint: endpointOf(running), table: TABLE })
    expect(output).not.toMatch(/There is no DynamoDB/)
  })

  it('reset refuses, and nothing is emptied', async () => {
    await put(endpointOf(running))
    const refused = reset(running)

    expect(await refused.exited).toBe(1)
    expect(refused.output).toMatch(/already running here/)
    expect(await get(endpointOf(running))).toEqual(ITEM)
  })

  it('a DynamoDB that dies comes back with its data', async () => {
    await put(endpointOf(running))
    const pid = (await readUsage(running.dynamoDbDir))?.broker?.pid ?? 0

    process.kill(pid, 'SIGKILL')

    await offline.printed(
      /The local DynamoDB \(pid \d+\) has ended by itself \(SIGKILL\); its log: .*dynamodb\.log\.previous/,
    )
    await offline.printed(/DynamoDB is back on http:\/\/127\.0\.0\.1:\d+ \(pid \d+\)/)
    expect(await get(endpointOf(running))).toEqual(ITEM)
  })
})

describe('stopping', () => {
  it('leaves nothing after Ctrl-C; the data is there at the next start, and reset empties both', async () => {
    const first = service.offline()
    await first.printed(READY)
    expect(first.output).toMatch(`Tables created: ${TABLE}`)
    await put(endpointOf(service))

    first.signal('SIGINT')

    expect(await first.exited).toBe(0)
    expect(first.output).toMatch(/DynamoDB has stopped/)
    await noProcessLeft()
    for (const port of Object.values(service.ports)) expect(await accepts(port)).toBe(false)
    expect(await readUsage(service.dynamoDbDir)).toBeUndefined()

    const second = service.offline()
    await second.printed(READY)
    expect(second.output).not.toMatch(/Tables created/)
    expect(await get(endpointOf(service))).toEqual(ITEM)
    second.signal('SIGINT')
    expect(await second.exited).toBe(0)

    const done = reset(service)
    expect(await done.exited).toBe(0)
    expect(done.output).toMatch(/The local Kafka is empty: .*\n?The local DynamoDB is empty: /)
    expect([service.dataDir, service.dynamoDbDir].filter(existsSync)).toEqual([])
  })

  it('happens to DynamoDB by itself when serverless is killed', async () => {
    const offline = service.offline()
    await offline.printed(READY)

    offline.signal('SIGKILL')

    await noProcessLeft()
    expect(await accepts(service.ports.dynamoDb)).toBe(false)
  })
})

describe('what hinders a start is one message and an exit code', () => {
  const failure = async (program: ChildProgram) => {
    expect(await program.exited).toBe(1)
    expect(program.output).not.toMatch(/\n {4}at /)
    await noProcessLeft()
    return program.output
  }

  it('a taken port', async () => {
    const server = createServer().listen(service.ports.dynamoDb, '127.0.0.1')
    try {
      expect(await failure(service.offline())).toMatch(
        new RegExp(`Port ${service.ports.dynamoDb} .* taken by another program.*DYNAMODB_PORT=`),
      )
    } finally {
      server.close()
    }
  })

  it('a DYNAMODB_ENDPOINT that nobody answers', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`

    expect(await failure(service.offline({ DYNAMODB_ENDPOINT: nobody }))).toMatch(
      `DYNAMODB_ENDPOINT names a DynamoDB that cannot be used: ${nobody}`,
    )
  })
})

describe('DYNAMODB_ENDPOINT', () => {
  let db: TestDynamoDb
  beforeAll(async () => {
    db = await startTestDynamoDb()
  })
  afterAll(() => db.remove())

  it('is used instead of a DynamoDB of our own, and gets the table', async () => {
    const offline = service.offline({ DYNAMODB_ENDPOINT: db.endpoint })
    await offline.printed(READY)

    expect(await seenByHandler(service)).toEqual({ endpoint: db.endpoint, table: TABLE })
    await put(db.endpoint)
    expect(await accepts(service.ports.dynamoDb)).toBe(false)
    offline.signal('SIGINT')
    expect(await offline.exited).toBe(0)
    expect(await get(db.endpoint)).toEqual(ITEM)
  })
})

it('invoke local warns when there is no DynamoDB, and runs the function', async () => {
  const { seen, output } = await invokeLocal(service)

  expect(seen).toEqual({ endpoint: endpointOf(service), table: TABLE })
  expect(output).toMatch(`There is no DynamoDB at ${endpointOf(service)} (ECONNREFUSED)`)
})
