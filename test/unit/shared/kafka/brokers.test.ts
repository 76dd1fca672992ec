import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { KafkaUnavailableError, SettingsError } from '../../../../shared/errors.ts'
import { brokerFinder } from '../../../../shared/kafka/brokers.ts'

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

  it('are asked for with the SDK, at the API of MSK', async () => {
    const asked: (string | undefined)[] = []
    const msk = createServer((request, response) => {
      asked.push(request.url)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ bootstrapBrokerStringTls: 'b-1:9094,b-2:9094' }))
    })
    await new Promise<void>((resolve) => {
      msk.listen(0, '127.0.0.1', resolve)
    })
    process.env.AWS_ENDPOINT_URL_KAFKA = `http://127.0.0.1:${(msk.address() as AddressInfo).port}`
    process.env.AWS_REGION = 'us-east-1'
    process.env.AWS_ACCESS_KEY_ID = 'test'
    process.env.AWS_SECRET_ACCESS_KEY = 'test'

    const found = await brokerFinder({ ...kafka, clusterArn: 'arn:aws:kafka:us-east-1:1:cluster/c/1' })(
      signal,
    )
    await new Promise((resolve) => msk.close(resolve))

    expect(found).toEqual(['b-1:9094', 'b-2:9094'])
    expect(asked).toEqual([
      `/v1/clusters/${encodeURIComponent('arn:aws:kafka:us-east-1:1:cluster/c/1')}/bootstrap-brokers`,
    ])
  })
})
