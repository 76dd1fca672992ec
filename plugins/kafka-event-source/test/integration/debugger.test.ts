import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { editedService } from '../helpers/editedService.ts'
import { ServerlessOffline } from '../helpers/serverless.ts'
import { TestCluster } from '../helpers/topics.ts'
import { WorkerDebugger } from '../helpers/WorkerDebugger.ts'

let cluster: TestCluster
const cleanUp: (() => unknown)[] = []
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})
afterAll(() => cluster.close())

const HANDLERS = `type KafkaEvent = {
  records: object
}

export const receive = async (event: KafkaEvent): Promise<void> => {
  const topics: string[] = Object.keys(event.records)
  console.log('received', topics.length)
}
`
const LINE = 7

it('stops at breakpoints of a TypeScript handler, for longer than the timeout, also after an edit', async () => {
  const topic = await cluster.topic()
  await cluster.produce(topic, ['a'])
  const code = editedService({ 'handlers.ts': HANDLERS })
  cleanUp.push(() => code.remove())
  const server = await ServerlessOffline.start(
    ['offline'],
    { FIXTURE_TOPIC: topic, FIXTURE_TIMEOUT: '1' },
    { folder: code.path, nodeOptions: ['--inspect=127.0.0.1:0'] },
  )
  cleanUp.push(() => server.kill())
  await server.prints('Debugger listening on ws://')
  const url = /ws:\/\/\S+/.exec(server.output)?.[0] ?? ''
  const inspector = await WorkerDebugger.attach(url, 'handlers.ts', LINE)
  cleanUp.push(() => inspector.close())

  await server.prints('receive: runs for longer than its timeout of 1 s; not cut off because of --inspect')
  expect(inspector.pauses.map(({ line }) => line)).toEqual([LINE])
  expect(server.output).not.toContain('received 1')
  inspector.pauses[0]?.resume()
  await server.prints('received 1')

  code.write('handlers.ts', HANDLERS.replace('received', 'edited'))
  await server.prints('receive: handlers.ts changed')
  await cluster.produce(topic, ['b'])
  await waitFor(() => inspector.pauses.length === 2, { what: 'the second stop' })
  inspector.pauses[1]?.resume()
  await server.prints('edited 1')

  expect(inspector.pauses.map(({ line }) => line)).toEqual([LINE, LINE])
  await cluster.waitForCommitted(`${topic}-group`, topic, { 0: 2 })
})
