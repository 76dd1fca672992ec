import { once } from 'node:events'
import net from 'node:net'
import { afterEach, expect, it } from '@jest/globals'
import { kafkaJsSocket } from '../../../../shared/kafka/kafkaJsSocket.ts'

const server = net.createServer((client) => client.unref())
afterEach(() => {
  server.close()
})

it('adds no listener to a socket that is destroyed, however often KafkaJS gives it up', async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as net.AddressInfo
  const socket = await new Promise<net.Socket>((resolve) => {
    const opened = kafkaJsSocket({
      host: '127.0.0.1',
      port,
      ssl: undefined as never,
      onConnect: () => resolve(opened),
    })
  })

  socket.destroy()
  for (let request = 0; request < 11; request++) socket.unref()

  expect(socket.listenerCount('connect')).toBe(0)
})
