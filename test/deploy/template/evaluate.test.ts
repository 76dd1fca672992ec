// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how Fn::Sub names things.

import { describe, expect, it } from '@jest/globals'
import { evaluate } from './evaluate.ts'
import type { Template } from './template.ts'

/** What a property with this value becomes. */
const evaluated = (value: unknown, rest: Partial<Template> = {}) => {
  const { Resources, ...others } = rest
  const template = { ...others, Resources: { ...Resources, It: { Type: 'Test', Properties: { value } } } }
  return evaluate(template, 'stack').resources.It?.Properties.value
}

const cluster = { Type: 'AWS::MSK::Cluster', Properties: { ClusterName: 'orders' } }
const CLUSTER_ARN =
  'arn:aws:kafka:us-east-1:123456789012:cluster/orders/0f3c9d52-8a1e-4b7c-9d36-5e2f7a1b4c88-2'

describe('evaluating a template', () => {
  it.each([
    ['a literal', 'x', 'x'],
    ['a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'AWS::AccountId' }]] }, 'a:123456789012'],
    ['Split', { 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
    ['Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b'] }] }, 'b'],
    ['Sub', { 'Fn::Sub': '${AWS::Partition}:${!Literal}' }, 'aws:${Literal}'],
    ['Sub with values', { 'Fn::Sub': ['${own}', { own: { Ref: 'AWS::Region' } }] }, 'us-east-1'],
    ['Cidr', { 'Fn::Cidr': ['10.0.0.0/22', 2, '9'] }, ['10.0.0.0/23', '10.0.2.0/23']],
    ['Base64', { 'Fn::Base64': '{}' }, 'e30='],
    ['ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'AWS::Region' } } }, '{"a":"us-east-1"}'],
    ['NoValue in an object', { kept: 1, gone: { Ref: 'AWS::NoValue' } }, { kept: 1 }],
    ['NoValue in a list', [1, { Ref: 'AWS::NoValue' }], [1]],
    [
      'the Condition of a policy',
      { Condition: { StringEquals: { a: 'b' } } },
      { Condition: { StringEquals: { a: 'b' } } },
    ],
  ])('%s', (_, value, expected) => {
    expect(evaluated(value)).toEqual(expected)
  })

  it('a resource is referred to by what its type gives, made of its own properties', () => {
    const topic = {
      Type: 'AWS::MSK::Topic',
      Properties: { ClusterArn: { Ref: 'Cluster' }, TopicName: 'orders' },
    }
    const Resources = { Cluster: cluster, Topic: topic }

    expect(evaluated({ Ref: 'Cluster' }, { Resources })).toBe(CLUSTER_ARN)
    expect(evaluated({ 'Fn::GetAtt': 'Cluster.Arn' }, { Resources })).toBe(CLUSTER_ARN)
    expect(evaluated({ 'Fn::Sub': '${Topic.TopicArn}' }, { Resources })).toBe(
      `${CLUSTER_ARN.replace(':cluster/', ':topic/')}/orders`,
    )
  })

  it('a condition decides on a branch, and on whether a resource and an output come into being', () => {
    const template = (stage: string): Template => ({
      Parameters: { Stage: { Type: 'String', Default: stage } },
      Conditions: {
        Prod: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        Other: {
          'Fn::And': [
            { 'Fn::Not': [{ Condition: 'Prod' }] },
            { 'Fn::Or': [{ Condition: 'Prod' }, { 'Fn::Equals': [1, '1'] }] },
          ],
        },
      },
      Resources: {
        Both: {
          Type: 'Test',
          Properties: { size: { 'Fn::If': ['Prod', 'large', { Ref: 'AWS::NoValue' }] } },
        },
        OnlyOther: { Type: 'Test', Condition: 'Other', Properties: {} },
      },
      Outputs: { OnlyProd: { Condition: 'Prod', Value: { Ref: 'Both' } } },
    })

    const prod = evaluate(template('prod'), 'stack')
    const dev = evaluate(template('dev'), 'stack')

    expect([prod.resources.Both?.Properties, dev.resources.Both?.Properties]).toEqual([{ size: 'large' }, {}])
    expect([Object.keys(prod.resources), Object.keys(dev.resources)]).toEqual([
      ['Both'],
      ['Both', 'OnlyOther'],
    ])
    expect([prod.outputs, dev.outputs]).toEqual([{ OnlyProd: 'Both' }, {}])
  })

  it.each([
    ['a reference to nothing', { Ref: 'Nowhere' }, /no resource.*Nowhere/],
    ['an attribute of nothing', { 'Fn::GetAtt': ['Nowhere', 'Arn'] }, /no resource.*Nowhere/],
    ['an unknown attribute', { 'Fn::GetAtt': ['Cluster', 'Bogus'] }, /AWS::MSK::Cluster has no Bogus/],
    ['an unknown function', { 'Fn::Bogus': 1 }, /does not know Fn::Bogus/],
    ['an unknown condition', { 'Fn::If': ['Bogus', 1, 2] }, /no condition Bogus/],
    ['an item that the list does not have', { 'Fn::Select': [2, ['a']] }, /no item 2/],
    ['more networks than a block holds', { 'Fn::Cidr': ['10.0.0.0/24', 2, 8] }, /does not hold 2 networks/],
    ['itself', { Ref: 'It' }, /circle: It -> It/],
  ])('%s is refused', (_, value, message) => {
    expect(() => evaluated(value, { Resources: { Cluster: cluster } })).toThrow(message)
  })
})
