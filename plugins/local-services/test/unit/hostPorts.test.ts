import { describe, expect, it } from '@jest/globals'
import { assertHostPortsFree, cannotListen, hostAddress } from '../../src/hostPorts.ts'

describe('hostAddress', () => {
  it('merges as serverless-offline does: defaults, custom, command line', () => {
    expect(hostAddress()).toEqual({
      host: 'localhost',
      httpPort: 3000,
      lambdaPort: 3002,
      url: 'http://localhost:3000',
    })
    expect(hostAddress({ httpPort: 4000, lambdaPort: 4002 }, { httpPort: '5000' })).toMatchObject({
      httpPort: 5000,
      lambdaPort: 4002,
      url: 'http://localhost:5000',
    })
  })

  it.each([
    [{ host: '0.0.0.0' }, 'http://localhost:3000'],
    [{ host: '::1' }, 'http://[::1]:3000'],
    [{ host: 'dev.local', httpsProtocol: 'certs' }, 'https://dev.local:3000'],
  ])('names the address that a person can use, for %j', (custom, url) => {
    expect(hostAddress(custom).url).toBe(url)
  })

  it('refuses what is no port', () => {
    expect(() => hostAddress({}, { lambdaPort: 'x' })).toThrow('--lambdaPort is "x"')
  })
})

describe('ports that cannot be had', () => {
  it('says which option chooses another', () => {
    const { message } = cannotListen({
      reason: 'EADDRINUSE',
      host: 'localhost',
      port: 3000,
      what: 'The HTTP server',
      option: '--httpPort',
    })

    expect(message).toBe(
      'The HTTP server cannot have port 3000 on localhost: another program has it. ' +
        'Choose another: npm start -- --httpPort 3100',
    )
  })

  it('refuses one port for two servers', async () => {
    await expect(assertHostPortsFree(hostAddress({ httpPort: 4000, lambdaPort: 4000 }))).rejects.toThrow(
      'Port 4000 is asked for twice',
    )
    await expect(assertHostPortsFree(hostAddress({ httpPort: 9092 }), [9092])).rejects.toThrow('twice')
    await expect(assertHostPortsFree(hostAddress(), [9092, 9092])).rejects.toThrow(
      'Port 9092 is asked for twice. Give each its own: KAFKA_PORT, DYNAMODB_PORT, --httpPort and --lambdaPort.',
    )
    await expect(assertHostPortsFree(hostAddress({ lambdaPort: 8000 }), [9092, 8000])).rejects.toThrow(
      'Port 8000 is asked for twice',
    )
  })
})
