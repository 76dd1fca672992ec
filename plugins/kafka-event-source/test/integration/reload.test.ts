import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { editedService } from '../helpers/editedService.ts'
import { ServerlessOffline } from '../helpers/serverless.ts'
import { TestCluster } from '../helpers/topics.ts'

let cluster: TestCluster
const cleanUp: (() => unknown)[] = []
beforeAll(async () => {
  cluster = await TestCluster.connect()
})
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})
afterAll(() => cluster.close())

const handlers = (version: string): string => `import { end } from './lib/end'
type KafkaEvent = { records: Record<string, { offset: number; value: string }[]> }

export const receive = async (event: KafkaEvent): Promise<void> => {
  for (const { offset, value } of Object.values(event.records).flat()) {
    const text = Buffer.from(value, 'base64').toString()
    console.log(\`${version} begins \${offset}\`)
    if (text === 'slow') await new Promise((resolve) => setTimeout(resolve, 1_500))
    console.log(\`${version} did \${offset} \${text}\${end}\`)
  }
}
`

async function editedOffline(topic: string) {
  const code = editedService({
    'handlers.ts': handlers('first'),
    'lib/end.ts': `export const end: string = '.'\n`,
  })
  cleanUp.push(() => code.remove())
  const server = await ServerlessOffline.start(['offline'], { FIXTURE_TOPIC: topic }, { folder: code.path })
  cleanUp.push(() => server.kill())
  return { code, server }
}

it('uses edited code from the next record on, mended code too, without a restart and without losing a record', async () => {
  const topic = await cluster.topic()
  const { code, server } = await editedOffline(topic)
  await cluster.produce(topic, ['a'])
  await server.prints('first did 0 a.')

  code.replace('handlers.ts', handlers('second'))
  await server.prints('receive: handlers.ts changed; the next invocation uses it')
  await cluster.produce(topic, ['b'])
  await server.prints('second did 1 b.')

  code.write('lib/end.ts', `export const end: string = '!'\n`)
  await server.prints('receive: lib/end.ts changed; the next invocation uses it')
  await cluster.produce(topic, ['c'])
  await server.prints('second did 2 c!')

  code.write('handlers.ts', `${handlers('third')}}`)
  await server.prints('receive: cannot be loaded: ')
  await cluster.produce(topic, ['d'])
  await server.prints('offset 3 failed: ')
  code.write('handlers.ts', handlers('third'))
  await server.prints('third did 3 d!')

  await cluster.waitForCommitted(`${topic}-group`, topic, { 0: 4 })
  expect(server.lines(' did ')).toHaveLength(4)
})

it('lets the batch in flight end in the code that it began with', async () => {
  const topic = await cluster.topic()
  const { code, server } = await editedOffline(topic)
  await cluster.produce(topic, ['a'])
  await server.prints('first did 0 a.')

  await cluster.produce(topic, ['slow'])
  await server.prints('first begins 1')
  code.write('handlers.ts', handlers('second'))
  await server.prints('receive: handlers.ts changed')
  expect(server.output).not.toContain('first did 1')
  await cluster.produce(topic, ['b'])
  await server.prints('second did 2 b.')

  expect(server.lines(' did ')).toEqual(['first did 0 a.', 'first did 1 slow.', 'second did 2 b.'])
  await cluster.waitForCommitted(`${topic}-group`, topic, { 0: 3 })
})
