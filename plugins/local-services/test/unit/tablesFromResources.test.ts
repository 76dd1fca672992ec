import { describe, expect, it } from '@jest/globals'
import { tablesFromResources } from '../../src/dynamoDbTables.ts'

const table = (properties: object) => ({
  Resources: { Outcomes: { Type: 'AWS::DynamoDB::Table', Properties: properties } },
})
const keys = {
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
}
const valid = { TableName: 'outcomes', ...keys }

describe('tablesFromResources', () => {
  it('reads name, keys and time to live, and leaves what means nothing here', () => {
    const timeToLive = { AttributeName: 'expiresAt', Enabled: true }
    const ofAws = { BillingMode: 'PROVISIONED', PointInTimeRecoverySpecification: {}, SSESpecification: {} }

    expect(tablesFromResources(table({ ...valid, ...ofAws, TimeToLiveSpecification: timeToLive }))).toEqual([
      {
        logicalId: 'Outcomes',
        name: 'outcomes',
        create: { ...valid, BillingMode: 'PAY_PER_REQUEST' },
        timeToLive,
      },
    ])
  })

  it('finds tables in all parts of an array, and nothing where there are none', () => {
    const other = { Resources: { Bucket: { Type: 'AWS::S3::Bucket' } }, Outputs: {} }

    expect(tablesFromResources([other, table(valid)]).map(({ name }) => name)).toEqual(['outcomes'])
    expect(tablesFromResources(undefined)).toEqual([])
    expect(tablesFromResources({ Resources: null })).toEqual([])
  })

  it.each([
    ['TableName', { ...valid, TableName: undefined }],
    ['TableName', { ...valid, TableName: { 'Fn::Sub': 'a-$' } }],
    ['TableName', { ...valid, TableName: 'ab' }],
    ['TableName', { ...valid, TableName: 'two words' }],
    ['KeySchema', { ...valid, KeySchema: undefined }],
    ['AttributeDefinitions', { ...valid, AttributeDefinitions: 'id' }],
  ])('names the resource and %s when that is wrong', (property, properties) => {
    let error: unknown
    try {
      tablesFromResources(table(properties))
    } catch (thrown) {
      error = thrown
    }

    expect(error).toMatchObject({
      code: 'BAD_TABLE',
      message: expect.stringMatching(new RegExp(`resource Outcomes .*: ${property} must be`)),
    })
  })
})
