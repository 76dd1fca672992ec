import { expect, it } from '@jest/globals'
import { publishTables } from '../../src/tableEnvironment.ts'

it('puts the names of tables where the environment refers to them, and leaves all else', () => {
  const elsewhere = { 'Fn::GetAtt': ['Orders', 'Arn'] }
  const service = {
    provider: { environment: { OUTCOMES_TABLE: { Ref: 'Outcomes' }, REGION: { Ref: 'AWS::Region' } } },
    functions: {
      payment: { environment: { TABLE: { Ref: 'Outcomes' }, TOPIC: elsewhere, DAYS: 90, NONE: null } },
      createOrder: {},
    },
  }

  publishTables({ endpoint: 'http://127.0.0.1:8000', tables: { Outcomes: 'dev-outcomes' } }, service)

  expect(service).toEqual({
    provider: {
      environment: {
        OUTCOMES_TABLE: 'dev-outcomes',
        REGION: { Ref: 'AWS::Region' },
        DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000',
      },
    },
    functions: {
      payment: { environment: { TABLE: 'dev-outcomes', TOPIC: elsewhere, DAYS: 90, NONE: null } },
      createOrder: {},
    },
  })
})

it('tells the endpoint to a service that says nothing of its environment', () => {
  const service = { provider: {} }

  publishTables({ endpoint: 'http://127.0.0.1:8000', tables: {} }, service)

  expect(service).toEqual({ provider: { environment: { DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000' } } })
})
