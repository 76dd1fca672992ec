import { describe, expect, it } from '@jest/globals'
import { fitToBrokers, fitToLocalBroker, planTopics } from '../../src/topicPlan.ts'

const declared = (name: string, partitions: number, configs = {}) => ({ name, partitions, configs })
const names = (topics: readonly { name: string }[]) => topics.map(({ name }) => name)

describe('planTopics', () => {
  const wanted = [declared('new', 3), declared('same', 3), declared('grown', 6), declared('shrunk', 1)]
  const present = [
    { name: 'same', partitions: 3 },
    { name: 'grown', partitions: 3 },
    { name: 'shrunk', partitions: 3 },
    { name: 'of others', partitions: 9 },
  ]

  it('makes our own broker as declared, and warns of what Kafka cannot do', () => {
    const plan = planTopics(wanted, present, 'here')

    expect(names(plan.create)).toEqual(['new'])
    expect(names(plan.raise)).toEqual(['grown'])
    expect(names(plan.configure)).toEqual(['same', 'grown', 'shrunk'])
    expect(plan.warnings).toEqual([expect.stringMatching(/shrunk has 3 .* 1 are declared.*npm run reset/)])
  })

  it('only adds what is missing elsewhere, and warns of each difference', () => {
    const plan = planTopics(wanted, present, 'elsewhere')

    expect(names(plan.create)).toEqual(['new'])
    expect(plan.raise).toEqual([])
    expect(plan.configure).toEqual([])
    expect(plan.warnings).toEqual([
      expect.stringMatching(/grown has 3 .* 6 are declared/),
      expect.stringMatching(/shrunk has 3 .* 1 are declared/),
    ])
  })
})

describe('fitToBrokers', () => {
  it('asks for no more replicas than there are brokers, and lets that many be enough', () => {
    const topic = { ...declared('orders', 3, { 'min.insync.replicas': '2' }), replicationFactor: 3 }

    expect(fitToBrokers(topic, 1)).toMatchObject({
      replicationFactor: 1,
      configs: { 'min.insync.replicas': '1' },
    })
    expect(fitToBrokers(topic, 5)).toMatchObject({
      replicationFactor: 3,
      configs: { 'min.insync.replicas': '2' },
    })
  })

  it('leaves the number to the cluster when none is declared', () => {
    const topic = declared('orders', 3, { 'min.insync.replicas': '2' })

    expect(fitToBrokers(topic, 3)).toMatchObject({
      replicationFactor: -1,
      configs: { 'min.insync.replicas': '2' },
    })
  })
})

describe('fitToLocalBroker', () => {
  it('has one replica and no tiered storage', () => {
    const topic = declared('orders', 3, {
      'retention.ms': '5',
      'remote.storage.enable': 'true',
      'local.retention.ms': '1',
    })

    expect(fitToLocalBroker(topic)).toEqual({
      ...topic,
      replicationFactor: 1,
      configs: { 'retention.ms': '5' },
    })
  })
})
