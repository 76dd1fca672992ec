import { describe, expect, it } from '@jest/globals'
import { Charges } from '../../chaos/gatewayLedger.ts'
import { chargeRecordedBy } from '../../chaos/recordedCharges.ts'

describe('the gateway', () => {
  it('charges a key once, and refuses it with another content', () => {
    const charges = new Charges({ ignoreKeys: false })

    expect(['a', 'a', 'b', 'a'].map((content) => charges.charge('order-1', content))).toEqual([
      ...['charged', 'repeated', 'conflict', 'repeated'],
    ])
    expect(charges.charge('order-2', 'a')).toBe('charged')
  })

  it('charges every call when it ignores keys', () => {
    const charges = new Charges({ ignoreKeys: true })

    expect(['a', 'a', 'b'].map((content) => charges.charge('order-1', content))).toEqual([
      ...['charged', 'charged', 'charged'],
    ])
  })
})

describe('a request to the table', () => {
  const update = (changes: object) =>
    JSON.stringify({
      TableName: 'outcomes',
      Key: { id: { S: 'charge/order-1' } },
      UpdateExpression: 'SET #state = :done, #content = :content',
      ExpressionAttributeNames: { '#state': 'state', '#content': 'content' },
      ExpressionAttributeValues: { ':done': { S: 'charged' }, ':content': { S: 'x' } },
      ...changes,
    })
  const recordedBy = (changes: object) => chargeRecordedBy('DynamoDB_20120810.UpdateItem', update(changes))

  it('records a charge when it sets the state to charged', () => {
    expect(recordedBy({})).toBe('order-1')
  })

  it.each([
    ['claims it', { UpdateExpression: 'SET #state = :begun', ConditionExpression: '#state <> :done' }],
    ['is about a notification', { Key: { id: { S: 'notification/order-1/paid' } } }],
    ['sets another attribute', { UpdateExpression: 'SET #content = :done' }],
  ])('records none when it %s', (_, changes) => {
    expect(recordedBy(changes)).toBeUndefined()
  })

  it('records none when it is no update', () => {
    expect(chargeRecordedBy('DynamoDB_20120810.GetItem', update({}))).toBeUndefined()
  })
})
