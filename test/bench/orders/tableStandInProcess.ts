import { type AddressInfo, createServer } from 'node:net'

// Answers every request at once as DynamoDB answers a write: nothing was in the way. It reads no more of HTTP than where a
// request ends, since what it takes of the machine is not to count. Prints its port.

const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}',
)
const END_OF_HEAD = '\r\n\r\n'
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i

const server = createServer((socket) => {
  let rest = ''
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  // One character a byte.
  socket.setEncoding('latin1').on('data', (text: string) => {
    rest += text
    for (;;) {
      const head = rest.indexOf(END_OF_HEAD)
      if (head === -1) return
      const length = Number(CONTENT_LENGTH.exec(rest.slice(0, head))?.[1] ?? 0)
      const end = head + END_OF_HEAD.length + length
      if (rest.length < end) return
      rest = rest.slice(end)
      socket.write(ANSWER)
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
