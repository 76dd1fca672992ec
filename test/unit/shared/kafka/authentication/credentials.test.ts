import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { openAuthentication } from '../../../../../shared/kafka/authentication/index.ts'
import { readMskToken } from '../../../../helpers/secureKafka/mskToken.ts'

const HOUR_MS = 3_600_000

describe('the credentials of a process', () => {
  const environment = { ...process.env }
  const server = createServer()

  afterEach(() => {
    jest.useRealTimers()
    process.env = { ...environment }
    server.closeAllConnections()
    server.close()
  })

  it('are asked for once, and anew before they expire, for tokens that never end', async () => {
    jest.useFakeTimers({
      doNotFake: [
        'setTimeout',
        'clearTimeout',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
        'nextTick',
        'queueMicrotask',
        'hrtime',
        'performance',
      ],
    })
    let asked = 0
    // As a container's or a function's environment gives them, an hour at a time.
    server.on('request', (_request, response) => {
      asked += 1
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          AccessKeyId: `KEY${asked}`,
          SecretAccessKey: 'secret',
          Token: 'session',
          Expiration: new Date(Date.now() + HOUR_MS).toISOString(),
        }),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
    process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const tokenOf = async (authentication: ReturnType<typeof openAuthentication>) => {
      const { sasl } = await authentication.options()
      if (sasl?.mechanism !== 'oauthbearer') throw new Error('no OAUTHBEARER')
      return readMskToken((await sasl.oauthBearerProvider()).value)
    }
    const iam = { method: 'iam', caFile: undefined, region: 'eu-central-1' } as const
    const [producer, mapping] = [openAuthentication(iam), openAuthentication(iam)]
    const keyOf = async (url: Promise<URL>) => (await url).searchParams.get('X-Amz-Credential')?.split('/')[0]

    expect(await keyOf(tokenOf(producer))).toBe('KEY1')
    expect(await keyOf(tokenOf(mapping))).toBe('KEY1')
    expect(asked).toBe(1)

    for (let hour = 1; hour <= 30; hour++) {
      jest.setSystemTime(Date.now() + HOUR_MS + 1_000)
      expect(await keyOf(tokenOf(producer))).toBe(`KEY${hour + 1}`)
      const { searchParams } = await tokenOf(producer)
      const endsAt =
        Date.parse((searchParams.get('X-Amz-Date') ?? '').replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')) +
        Number(searchParams.get('X-Amz-Expires')) * 1_000
      expect(endsAt).toBeGreaterThan(Date.now())
    }
    expect(asked).toBe(31)
  })
})
