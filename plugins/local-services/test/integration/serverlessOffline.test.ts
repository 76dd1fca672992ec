import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { readUsage } from '../../src/dataFolder.ts'
import { accepts } from '../../src/ports.ts'
import { withAdmin } from '../../src/prepareTopics.ts'
import { ChildProgram } from '../helpers/ChildProgram.ts'
import { FixtureService, READY } from '../helpers/FixtureService.ts'
import { processesWith } from '../helpers/processes.ts'

let service: FixtureService
beforeEach(async () => {
  service = await FixtureService.create()
})
afterEach(() => service.remove())

const noProcessLeft = () =>
  waitFor(() => processesWith(service.folder).length === 0, { what: 'no process of the service is left' })

async function nothingLeft(): Promise<void> {
  await noProcessLeft()
  for (const port of Object.values(service.ports)) expect(await accepts(port)).toBe(false)
  expect(await readUsage(service.dataDir)).toBeUndefined()
}

const brokersSeenByHandler = async (of = service) => (await fetch(`${of.url}/brokers`)).text()

const kafkaSeenByHandler = async () => (await fetch(`${service.url}/kafka`)).json()

const reset = ({ folder }: FixtureService) =>
  new ChildProgram([new URL('../../reset.ts', import.meta.url).pathname, folder])

const topicNames = (brokers: string) =>
  withAdmin({ brokers: [brokers] }, async (admin) =>
    (await admin.listTopics()).filter((topic) => !topic.startsWith('__')),
  )

describe.each([[['offline']], [['offline', 'start']]])('serverless %j', (command) => {
  it('starts Kafka with the topics, says last what to do next, and stops in order', async () => {
    const kafka = `127.0.0.1:${service.ports.kafka}`
    const offline = service.offline({}, command)

    const [, url] = await offline.printed(READY)
    expect(url).toBe(service.url)
    expect(offline.output).toMatch(/Server ready[\s\S]*observer started[\s\S]*Next: curl/)
    expect(offline.output.trimEnd().endsWith('/brokers')).toBe(true)
    expect(offline.output).not.toMatch(/warning/i)
    expect(await brokersSeenByHandler()).toBe(kafka)
    expect(await kafkaSeenByHandler()).toEqual({ KAFKA_BROKERS: kafka, KAFKA_AUTH: 'none' })
    expect(await topicNames(kafka)).toEqual(['fixture_orders'])
    // No table is declared.
    expect(existsSync(service.dynamoDbDir)).toBe(false)

    offline.signal('SIGINT')
    offline.signal('SIGINT')

    expect(await offline.exited).toBe(0)
    expect(offline.output).toMatch(/observer ends, Kafka is there[\s\S]*Kafka has stopped/)
    await nothingLeft()
  })
})

describe('topics that a deployment does not make', () => {
  it('are made here when they are declared for here', async () => {
    const file = join(service.folder, 'serverless.yml')
    const declared =
      '{ Resources: { Theirs: { Type: AWS::MSK::Topic, Properties: { TopicName: theirs, PartitionCount: 1 } } } }'
    writeFileSync(file, readFileSync(file, 'utf8').replace('  localServices:', `$&\n    topics: ${declared}`))
    const offline = service.offline()

    await offline.printed(READY)

    expect(await topicNames(`127.0.0.1:${service.ports.kafka}`)).toEqual(['theirs'])
  })
})

describe('stopping', () => {
  it('goes in order when the terminal is closed', async () => {
    const offline = service.offline()
    await offline.printed(READY)

    offline.signal('SIGHUP')

    expect(await offline.exited).toBe(0)
    expect(offline.output).toMatch(/observer ends, Kafka is there[\s\S]*Kafka has stopped/)
    await nothingLeft()
  })

  it('ends at once when asked again', async () => {
    const offline = service.offline({ OBSERVER_HANGS: 'yes' })
    await offline.printed(READY)
    offline.signal('SIGINT')
    const askedAt = Date.now()
    await offline.printed(/observer ends/)
    await waitFor(() => Date.now() - askedAt > 300, { what: 'no longer the same Ctrl-C' })

    offline.signal('SIGINT')

    expect(await offline.exited).toBe(130)
    expect(Date.now() - askedAt).toBeLessThan(3000)
    await noProcessLeft()
  })

  it('works during the start too', async () => {
    const offline = service.offline()
    await offline.printed(/Starting Kafka/)

    offline.signal('SIGINT')

    expect(await offline.exited).toBe(130)
    expect(offline.output).not.toMatch(/Error/)
    await nothingLeft()
  })

  it('happens to Kafka by itself when serverless is killed', async () => {
    const offline = service.offline()
    await offline.printed(READY)

    offline.signal('SIGKILL')

    await noProcessLeft()
    expect(await accepts(service.ports.kafka)).toBe(false)
  })
})

describe('a Kafka that dies', () => {
  it('is started again with its data, and the log of its end is named', async () => {
    const offline = service.offline()
    await offline.printed(READY)
    const pid = (await readUsage(service.dataDir))?.broker?.pid ?? 0

    process.kill(pid, 'SIGKILL')

    await offline.printed(/\(pid \d+\) has ended by itself \(SIGKILL\); its log: .*kafka\.log\.previous/)
    await offline.printed(/Kafka is back on/)
    expect(await topicNames(`127.0.0.1:${service.ports.kafka}`)).toEqual(['fixture_orders'])
    offline.signal('SIGTERM')
    expect(await offline.exited).toBe(0)
    await nothingLeft()
  })

  it('ends the whole with an exit code when it cannot come back', async () => {
    const offline = service.offline()
    await offline.printed(READY)
    const usage = await readUsage(service.dataDir)
    const server = createServer()
    process.kill(usage?.broker?.pid ?? 0, 'SIGKILL')
    // Another program is faster in taking the port.
    await waitFor(
      () =>
        new Promise((resolve) => {
          server.once('listening', () => resolve(true)).once('error', () => resolve(false))
          server.listen(service.ports.kafka, '127.0.0.1')
        }),
      { what: 'the port is ours' },
    )

    try {
      expect(await offline.exited).toBe(1)
      expect(offline.output).toMatch(/taken by another program/)
    } finally {
      server.close()
    }
    await noProcessLeft()
  })
})

describe('what hinders a start is one message and an exit code', () => {
  const failure = async (program: ChildProgram) => {
    expect(await program.exited).toBe(1)
    expect(program.output).not.toMatch(/\n {4}at /)
    await noProcessLeft()
    return program.output
  }

  it.each([
    ['http', /The HTTP server cannot have port \d+ .*--httpPort/],
    ['lambda', /The Lambda server cannot have port \d+ .*--lambdaPort/],
    ['kafka', /Port \d+ .* taken by another program.*KAFKA_PORT=/],
  ] as const)('a taken %s port', async (which, message) => {
    const server = createServer().listen(service.ports[which], which === 'kafka' ? '127.0.0.1' : 'localhost')
    try {
      expect(await failure(service.offline())).toMatch(message)
    } finally {
      server.close()
    }
  })

  it('no Java', async () => {
    const bin = join(service.folder, 'bin')
    mkdirSync(bin)
    symlinkSync(process.execPath, join(bin, 'node'))

    const output = await failure(service.offline({ PATH: bin, JAVA_HOME: '' }))

    expect(output).toMatch(/need Java, and none was found\. Install Java 17/)
  })

  it('another plugin that cannot start', async () => {
    expect(await failure(service.offline({ OBSERVER_FAILS: 'yes' }))).toMatch('the observer cannot start')
    await nothingLeft()
  })

  it('an authentication that the Kafka of KAFKA_BROKERS does not take', async () => {
    const output = await failure(
      service.offline({
        ...{ KAFKA_BROKERS: process.env.KAFKA_BROKERS, KAFKA_AUTH: 'scram' },
        ...{ KAFKA_USERNAME: 'ada', KAFKA_PASSWORD: 'hidden-password' },
      }),
    )

    expect(output).toMatch(
      /takes connections, but the port may not be one for TLS, which KAFKA_AUTH=scram needs/,
    )
    expect(output).not.toContain('hidden-password')
  })

  it('a KAFKA_BROKERS that nobody answers', async () => {
    const nobody = `127.0.0.1:${await freePort()}`

    const output = await failure(service.offline({ KAFKA_BROKERS: nobody }))

    expect(output).toMatch(`${nobody} (ECONNREFUSED)`)
  })
})

describe('KAFKA_BROKERS', () => {
  it('is used instead of a broker of our own', async () => {
    const brokers = process.env.KAFKA_BROKERS ?? ''
    const offline = service.offline({ KAFKA_BROKERS: brokers })

    await offline.printed(READY)

    expect(await brokersSeenByHandler()).toBe(brokers)
    expect(await kafkaSeenByHandler()).toEqual({ KAFKA_BROKERS: brokers })
    expect(await topicNames(brokers)).toContain('fixture_orders')
    expect(await accepts(service.ports.kafka)).toBe(false)
    offline.signal('SIGINT')
    expect(await offline.exited).toBe(0)
  })
})

describe('beside a running system', () => {
  let running: FixtureService
  let offline: ChildProgram
  beforeAll(async () => {
    running = await FixtureService.create()
    offline = running.offline()
    await offline.printed(READY)
  })
  afterAll(() => running.remove())

  const brokersOfInvokeLocal = async (env: NodeJS.ProcessEnv, of = running) => {
    const program = of.serverless(['invoke', 'local', '-f', 'brokers'], env)
    expect(await program.exited).toBe(0)
    return /"body": "(.*)"/.exec(program.output)?.[1]
  }

  it('a second start says so', async () => {
    const second = running.offline()

    expect(await second.exited).toBe(1)
    expect(second.output).toMatch(`already running here: process ${offline.child.pid} has it`)
  })

  it('invoke local knows its Kafka on whatever port, unless the environment says another', async () => {
    expect(await brokersOfInvokeLocal({ KAFKA_PORT: '' })).toBe(`127.0.0.1:${running.ports.kafka}`)
    expect(await brokersOfInvokeLocal({ KAFKA_BROKERS: 'elsewhere:1' })).toBe('elsewhere:1')
    expect(await brokersOfInvokeLocal({ KAFKA_PORT: '' }, service)).toBe('127.0.0.1:9092')
  })

  it('invoke local gives the function nothing that is for AWS', async () => {
    const program = running.serverless(['invoke', 'local', '-f', 'kafka'], {
      KAFKA_PORT: '',
      KAFKA_AUTH: 'iam',
      KAFKA_USERNAME: 'left over in the shell',
    })

    expect({ exit: await program.exited, output: program.output }).toMatchObject({ exit: 0 })
    expect(JSON.parse(JSON.parse(program.output).body)).toEqual({
      KAFKA_BROKERS: `127.0.0.1:${running.ports.kafka}`,
      KAFKA_AUTH: 'none',
    })
  })

  it('invoke local refuses an authentication that lacks a part', async () => {
    const program = running.serverless(['invoke', 'local', '-f', 'kafka'], {
      KAFKA_BROKERS: 'elsewhere:1',
      KAFKA_AUTH: 'scram',
      KAFKA_USERNAME: 'ada',
    })

    expect(await program.exited).toBe(1)
    expect(program.output).toContain('KAFKA_PASSWORD: is missing, KAFKA_USERNAME needs it')
    expect(program.output).not.toMatch(/\n {4}at /)
  })

  it('reset refuses', async () => {
    const refused = reset(running)

    expect(await refused.exited).toBe(1)
    expect(refused.output).toMatch(/already running here.*stop it first/)
    expect(await brokersSeenByHandler(running)).toBe(`127.0.0.1:${running.ports.kafka}`)
  })
})

it('reset empties the data when nothing runs on it', async () => {
  mkdirSync(join(service.dataDir, 'log'), { recursive: true })

  const done = reset(service)

  expect(await done.exited).toBe(0)
  expect(done.output).toMatch(/is empty/)
  expect(existsSync(service.dataDir)).toBe(false)
})
