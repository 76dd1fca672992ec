import { describe, expect, it } from '@jest/globals'
import { KafkaUnavailableError, SettingsError } from '../../../shared/errors.ts'
import { brokerFinder } from '../../../shared/kafka/brokers.ts'

const kafka = { brokers: [], clusterArn: 'arn:cluster', auth: 'tls' as const, attemptTimeoutMs: 1_000 }
const signal = new AbortController().signal

describe('the brokers', () => {
  it('are those of KAFKA_BROKERS, and MSK is not asked', async () => {
    const find = brokerFinder({ ...kafka, brokers: ['a:1'] }, async () => {
      throw new Error('asked')
    })

    expect(await find(signal)).toEqual(['a:1'])
  })

  it('are those that MSK names for the authentication in use, asked for once', async () => {
    const asked: string[] = []
    const find = brokerFinder(kafka, async (clusterArn) => {
      asked.push(clusterArn)
      return { BootstrapBrokerString: 'plain:9092', BootstrapBrokerStringTls: 'b-1:9094,b-2:9094' }
    })

    expect(await find(signal)).toEqual(['b-1:9094', 'b-2:9094'])
    expect(await find(signal)).toEqual(['b-1:9094', 'b-2:9094'])
    expect(asked).toEqual(['arn:cluster'])
  })

  it('are asked for again after MSK did not answer', async () => {
    let answers = 0
    const find = brokerFinder(kafka, async () => {
      if (answers++ === 0) throw new Error('throttled')
      return { BootstrapBrokerStringTls: 'b-1:9094' }
    })

    await expect(find(signal)).rejects.toThrow(KafkaUnavailableError)
    expect(await find(signal)).toEqual(['b-1:9094'])
  })

  it('are missed by name when the cluster does not offer the authentication', async () => {
    const find = brokerFinder(kafka, async () => ({ BootstrapBrokerStringSaslIam: 'b-1:9098' }))

    await expect(find(signal)).rejects.toThrow(SettingsError)
    await expect(find(signal)).rejects.toThrow(/KAFKA_AUTH/)
  })

  it('are missed by name when nothing is set', async () => {
    await expect(brokerFinder({ ...kafka, clusterArn: '' })(signal)).rejects.toThrow(/KAFKA_BROKERS/)
  })
})
