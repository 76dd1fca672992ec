import { describe, expect, it } from '@jest/globals'
import { rememberedBy, unaskedChanges } from '../../runningStack.ts'

const REMEMBERED = { clusterArn: '', kafkaAuth: 'scram', authorizer: 'iam' }

describe('a running stack', () => {
  it('remembers what it was deployed with, and nothing before its first deployment', () => {
    const outputs = [
      { OutputKey: 'KafkaAuth', OutputValue: 'scram' },
      { OutputKey: 'Remembered', OutputValue: JSON.stringify(REMEMBERED) },
    ]

    expect(rememberedBy(outputs)).toEqual(REMEMBERED)
    expect(rememberedBy([])).toEqual({})
  })

  it('is not changed by parameters that were forgotten', () => {
    expect(unaskedChanges(REMEMBERED, { ...REMEMBERED, kafkaAuth: 'iam', authorizer: 'none' }, '')).toEqual([
      'kafkaAuth: scram in the running stack, would become iam',
      'authorizer: iam in the running stack, would become none',
    ])
    expect(unaskedChanges({ ...REMEMBERED, clusterArn: 'arn:theirs' }, REMEMBERED, '')).toEqual([
      'clusterArn: arn:theirs in the running stack, would become not set',
    ])
  })

  it('is changed where that is asked for', () => {
    const next = { ...REMEMBERED, kafkaAuth: 'iam', authorizer: 'none' }

    expect(unaskedChanges(REMEMBERED, next, 'kafkaAuth, authorizer')).toEqual([])
    expect(unaskedChanges(REMEMBERED, next, 'kafkaAuth')).toHaveLength(1)
  })

  it('is deployed again, or for the first time, without a question', () => {
    expect(unaskedChanges(REMEMBERED, REMEMBERED, '')).toEqual([])
    expect(unaskedChanges({}, REMEMBERED, '')).toEqual([])
  })
})
