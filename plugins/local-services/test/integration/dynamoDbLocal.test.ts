import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { temporaryFolder } from '../../../../test/helpers/broker.ts'
import {
  createOutcomesTable,
  startTestDynamoDb,
  type TestDynamoDb,
} from '../../../../test/helpers/dynamoDb.ts'
import { startDynamoDbLocal } from '../../src/dynamoDbLocal.ts'
import { withDynamoDb } from '../../src/dynamoDbTables.ts'

let db: TestDynamoDb
beforeAll(async () => {
  db = await startTestDynamoDb()
})
afterAll(() => db.remove())

describe('DynamoDB Local', () => {
  it('keeps its data over kill -9', async () => {
    await createOutcomesTable(db.endpoint, 'kept')
    const item = { id: { S: 'charge/1' } }
    await withDynamoDb(db.endpoint, (client) => client.putItem({ TableName: 'kept', Item: item }))

    await db.kill()
    await db.start()

    const got = await withDynamoDb(db.endpoint, (client) => client.getItem({ TableName: 'kept', Key: item }))
    expect(got.Item).toEqual(item)
    const { TimeToLiveDescription } = await withDynamoDb(db.endpoint, (client) =>
      client.describeTimeToLive({ TableName: 'kept' }),
    )
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'expiresAt', TimeToLiveStatus: 'ENABLED' })
  })

  it('has a write-ahead log, which goes into its file at each start', async () => {
    const file = path.join(db.dataDir, 'shared-local-instance.db')
    const log = `${file}-wal`
    const item = { id: { S: 'charge/2' } }
    await createOutcomesTable(db.endpoint, 'logged')
    await withDynamoDb(db.endpoint, (client) => client.putItem({ TableName: 'logged', Item: item }))
    const sizeBefore = statSync(file).size
    expect(statSync(log).size).toBeGreaterThan(0)

    await db.stop()
    await db.start()

    // sqlite.org/fileformat2.html: the versions for writing and reading are 2 with such a log.
    expect([...readFileSync(file).subarray(18, 20)]).toEqual([2, 2])
    expect(statSync(file).size).toBeGreaterThan(sizeBefore)
    const got = await withDynamoDb(db.endpoint, (client) =>
      client.getItem({ TableName: 'logged', Key: item }),
    )
    expect(got.Item).toEqual(item)
  })

  it('leaves a table that exists as it is', async () => {
    await createOutcomesTable(db.endpoint, 'twice')
    await expect(createOutcomesTable(db.endpoint, 'twice')).resolves.toBeUndefined()
  })

  it('has its time to live, also when the start that made the table was killed before', async () => {
    const create = {
      ...{ TableName: 'halfway', BillingMode: 'PAY_PER_REQUEST' as const },
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    }
    await withDynamoDb(db.endpoint, (client) => client.createTable(create))

    await createOutcomesTable(db.endpoint, 'halfway')

    const { TimeToLiveDescription } = await withDynamoDb(db.endpoint, (client) =>
      client.describeTimeToLive({ TableName: 'halfway' }),
    )
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'expiresAt', TimeToLiveStatus: 'ENABLED' })
  })

  it('says so when its port is taken', async () => {
    await expect(startDynamoDbLocal({ port: db.port, dataDir: temporaryFolder() })).rejects.toMatchObject({
      code: 'DYNAMODB_PORT_TAKEN',
      message: expect.stringMatching(/DYNAMODB_PORT=/),
    })
  })

  it('says so when another has its data', async () => {
    await expect(startDynamoDbLocal({ port: db.port, dataDir: db.dataDir })).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringMatching(/local DynamoDB is already running/),
    })
  })
})
