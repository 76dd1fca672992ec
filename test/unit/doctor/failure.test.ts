import { describe, expect, it } from '@jest/globals'
import { ask } from '../../../doctor/account/ask.ts'
import { failureFinding } from '../../../doctor/account/failure.ts'

describe('a call without an answer', () => {
  const error = (name: string, message: string) => Object.assign(new Error(message), { name })

  it('for want of a permission names the IAM action, and breaks nothing', () => {
    expect(
      failureFinding(
        'topics',
        'kafka:ListTopics',
        error(
          'AccessDeniedException',
          'User: arn:x is not authorized to perform: kafka-cluster:DescribeTopic on resource: y',
        ),
      ),
    ).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('kafka-cluster:DescribeTopic is not allowed'),
    })
    expect(failureFinding('topics', 'kafka:ListTopics', error('AccessDeniedException', ''))).toMatchObject({
      state: 'unknown',
      cure: expect.stringContaining('Allow kafka:ListTopics'),
    })
  })

  it.each([
    ['broken', error('ExpiredToken', 'The security token included in the request is expired')],
    ['unknown', error('TimeoutError', 'The operation was aborted due to timeout')],
    ['unknown', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['unknown', error('InternalServerError', 'try again')],
  ])('is %s after %s', (state, failure) => {
    expect(failureFinding('stack', 'cloudformation:DescribeStacks', failure)).toMatchObject({ state })
  })

  it.each([
    ['The connection was refused', 'ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:9'],
    ['The host was not found', 'ENOTFOUND', 'getaddrinfo ENOTFOUND sts.nowhere'],
    ['The connection was broken off', 'ECONNRESET', 'socket hang up'],
  ])('says: %s', (said, code, message) => {
    const failure = Object.assign(new Error(message), { code })

    expect(failureFinding('account', 'sts:GetCallerIdentity', failure)).toMatchObject({
      state: 'unknown',
      message: `${said} (sts:GetCallerIdentity): ${message}`,
    })
  })

  it('but with the page of a proxy says so, without the words of the SDK', () => {
    const failure = Object.assign(
      new SyntaxError(
        'Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON\n  Deserialization error: to see the raw response, ' +
          'inspect the hidden field {error}.$response on this object.',
      ),
      { $response: { statusCode: 407, headers: { 'content-type': 'text/html' } } },
    )

    expect(failureFinding('topics', 'kafka:ListTopics', failure)).toMatchObject({
      state: 'unknown',
      message: 'What answered is not an API of AWS (kafka:ListTopics): HTTP 407, text/html',
      cure: expect.stringContaining('proxy'),
    })
  })

  it('is told in one line, and not at any length', () => {
    const { message } = failureFinding('stack', 'a:B', error('Odd', `two\n  lines ${'x'.repeat(1000)}`))

    expect(message).toMatch(/^a:B failed: Odd: two lines x+ …$/)
    expect(message.length).toBeLessThan(350)
  })

  it('in time is unknown', async () => {
    const never = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

    expect(
      await ask({ subject: 'stack', action: 'cloudformation:DescribeStacks', call: never }, 20),
    ).toMatchObject({
      failure: { state: 'unknown', message: expect.stringContaining('did not answer in time') },
    })
  })

  it('may be the answer itself', async () => {
    const gone = { state: 'broken', subject: 'cluster', message: 'gone' } as const

    expect(
      await ask({
        subject: 'cluster',
        action: 'kafka:DescribeClusterV2',
        unless: ({ name }) => (name === 'NotFoundException' ? gone : undefined),
        call: () => Promise.reject(error('NotFoundException', 'no such cluster')),
      }),
    ).toEqual({ failure: gone })
  })
})
