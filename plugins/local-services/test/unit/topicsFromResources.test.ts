import { describe, expect, it } from '@jest/globals'
import { topicsFromResources } from '../../src/topicsFromResources.ts'

const topic = (properties: object) => ({
  Resources: { Orders: { Type: 'AWS::MSK::Topic', Properties: properties } },
})
const valid = { TopicName: 'orders', PartitionCount: 3, ReplicationFactor: 3 }
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('topicsFromResources', () => {
  it('reads name, partitions, replication factor and configs', () => {
    const topics = topicsFromResources(topic({ ...valid, Configs: base64('{"retention.ms": 1000}') }))

    expect(topics).toEqual([
      { name: 'orders', partitions: 3, replicationFactor: 3, configs: { 'retention.ms': '1000' } },
    ])
  })

  it('finds topics in all parts of an array, and nothing where there are no resources', () => {
    const other = { Resources: { Bucket: { Type: 'AWS::S3::Bucket' } }, Outputs: {} }

    expect(topicsFromResources([other, topic(valid)]).map(({ name }) => name)).toEqual(['orders'])
    expect(topicsFromResources(undefined)).toEqual([])
    expect(topicsFromResources([])).toEqual([])
    expect(topicsFromResources({ Resources: null })).toEqual([])
  })

  it.each([
    ['base64 of JSON', base64('{"cleanup.policy":"compact"}')],
    ['base64 in lines of 76', `${base64('{"cleanup.policy":')}\n${base64('"compact"}')}`],
    ['Fn::Base64 of JSON', { 'Fn::Base64': '{ "cleanup.policy": "compact" }' }],
    ['base64 of a properties text', base64('# ours\ncleanup.policy = compact\n')],
    ['Fn::Base64 of a properties text', { 'Fn::Base64': 'cleanup.policy=compact' }],
  ])('takes Configs as %s', (_, configs) => {
    const [read] = topicsFromResources(topic({ ...valid, Configs: configs }))

    expect(read?.configs).toEqual({ 'cleanup.policy': 'compact' })
  })

  it('keeps an equals sign in the value of a properties line', () => {
    const [read] = topicsFromResources(topic({ ...valid, Configs: { 'Fn::Base64': 'a.b=c=d' } }))

    expect(read?.configs).toEqual({ 'a.b': 'c=d' })
  })

  it.each([
    ['TopicName', { ...valid, TopicName: undefined }],
    ['TopicName', { ...valid, TopicName: 'new orders' }],
    ['TopicName', { ...valid, TopicName: '..' }],
    ['TopicName', { ...valid, TopicName: { Ref: 'Name' } }],
    ['PartitionCount', { ...valid, PartitionCount: undefined }],
    ['PartitionCount', { ...valid, PartitionCount: 0 }],
    ['PartitionCount', { ...valid, PartitionCount: 1.5 }],
    ['ReplicationFactor', { ...valid, ReplicationFactor: 'three' }],
    ['Configs', { ...valid, Configs: 'retention.ms=5' }],
    ['Configs', { ...valid, Configs: base64('no setting') }],
    ['Configs', { ...valid, Configs: base64('{"a": {"b": 1}}') }],
    ['Configs', { ...valid, Configs: { 'Fn::Base64': '{' } }],
  ])('names the resource and %s when that is wrong', (property, properties) => {
    expect(() => topicsFromResources(topic(properties))).toThrow(
      new RegExp(`resource Orders .*: ${property} must be`),
    )
  })

  it('refuses one topic of two resources', () => {
    const twice = [topic(valid), { Resources: { Again: { Type: 'AWS::MSK::Topic', Properties: valid } } }]

    expect(() => topicsFromResources(twice)).toThrow('orders is declared by two resources')
  })
})
