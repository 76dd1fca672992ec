import net from 'node:net'
import { afterEach, expect, it, jest } from '@jest/globals'
import { ProducerConnection } from '../../../../shared/kafka/producerConnection.ts'
import { waitFor } from '../../../helpers/waitFor.ts'

const silent = net.createServer(() => {})
afterEach(() => {
  jest.restoreAllMocks()
  silent.close()
})

it('adds no listener to a socket that is destroyed, however often KafkaJS gives it up', async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as net.AddressInfo
  const opened = jest.spyOn(net, 'connect')
  const connection = new ProducerConnection({
    brokers: [`127.0.0.1:${port}`],
    clientId: 'test',
    security: { ssl: false },
    timeoutMs: 10_000,
  })
  const connecting = connection.connect().catch(() => undefined)
  await waitFor(() => opened.mock.results.length > 0, { what: 'a socket' })
  const socket = opened.mock.results[0]?.value as net.Socket
  await waitFor(() => !socket.connecting, { what: 'the socket is connected' })

  connection.cut()
  for (let request = 0; request < 11; request++) socket.unref()

  expect(socket.listenerCount('connect')).toBe(0)
  await connecting
})
