import { describe, expect, it } from '@jest/globals'
import { explain, isWell } from '../../../doctor/mappingErrors.ts'

const messagesOf = (words: string) => explain(words).map(({ message }) => message)

describe('what a mapping says', () => {
  it.each([
    [
      'PROBLEM: Connection error. Please check your event source connection configuration. If your event source lives in a VPC, ' +
        'try setting up a new Lambda function or EC2 instance with the same VPC, Subnet, and Security Group settings.',
      'Connection error. Please check your event source connection configuration.',
    ],
    [
      'PROBLEM: Connection error. Your VPC must be able to connect to Lambda and STS, as well as Secrets Manager if authentication ' +
        'is required. You can provide access by configuring PrivateLink or a NAT Gateway.',
      'Connection error. Your event source VPC must be able to connect to Lambda and STS, …',
    ],
    [
      'PROBLEM: Connection error. Your event source VPC must be able to connect to Lambda and STS, Secrets Manager (if event source ' +
        'authentication is required), and the OnFailure Destination (if one is configured).',
      'Connection error. Your event source VPC must be able to connect to Lambda and STS, …',
    ],
    ['PROBLEM: Cluster failed to authorize Lambda.', 'Cluster failed to authorize Lambda.'],
    ['Not authorized to access topics: [my-topic]', 'Cluster failed to authorize Lambda.'],
    ['org.apache.kafka.common.errors.TopicAuthorizationException', 'Cluster failed to authorize Lambda.'],
    ['PROBLEM: SASL authentication failed.', 'SASL authentication failed.'],
    ['PROBLEM: Server failed to authenticate Lambda.', 'Server failed to authenticate Lambda.'],
    ['PROBLEM: Lambda failed to authenticate server.', 'Lambda failed to authenticate server.'],
    [
      'PROBLEM: Provided certificate or private key is invalid.',
      'Provided certificate or private key is invalid.',
    ],
    [
      'PROBLEM: The provided Kafka broker endpoints cannot be resolved.',
      'The provided Kafka broker endpoints cannot be resolved.',
    ],
    [
      'PROBLEM: Lambda failed to assume your function execution role. Please check if the role trust Lambda service principal.',
      'Lambda failed to assume your function execution role.',
    ],
    [
      'Timeout expired while fetching topic metadata',
      'Timeout expired while fetching topic metadata, or an unknown topic',
    ],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'Timeout expired while fetching topic metadata, or an unknown topic'],
    [
      'PROBLEM: Failed to write to the on-failure destination',
      'A failed record could not be written to the on-failure destination',
    ],
    ['PROBLEM: Function call failed', 'Function call failed'],
    ['ESM_CONFIG_NOT_VALID', 'ESM_CONFIG_NOT_VALID'],
    ['EVENT_SOURCE_AUTHN_ERROR', 'EVENT_SOURCE_AUTHN_ERROR'],
    ['EVENT_SOURCE_AUTHZ_ERROR', 'EVENT_SOURCE_AUTHZ_ERROR'],
    ['FUNCTION_CONFIG_NOT_VALID', 'FUNCTION_CONFIG_NOT_VALID'],
  ])('is recognised: %s', (words, message) => {
    expect(messagesOf(words)).toEqual([message])
  })

  it('may name two possibilities', () => {
    expect(
      messagesOf('PROBLEM: Server failed to authenticate Lambda or Lambda failed to authenticate server.'),
    ).toEqual(['Server failed to authenticate Lambda.', 'Lambda failed to authenticate server.'])
  })

  it('may be unknown', () => {
    expect(messagesOf('PROBLEM: something new')).toEqual([])
  })

  it.each([
    ['OK', true],
    ['No records processed', true],
    [undefined, true],
    ['PROBLEM: something new', false],
  ])('%s is well: %s', (result, well) => {
    expect(isWell(result)).toBe(well)
  })
})
