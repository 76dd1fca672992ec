import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { claimDataFolder } from '../../../plugins/local-services/src/dataFolder.ts'
import { DYNAMODB_JARS } from '../../../plugins/local-services/src/dynamoDbLocal.ts'
import { KAFKA_VERSION } from '../../../plugins/local-services/src/kafkaVersion.ts'
import { type DoctorResult, freeStartPorts, runDoctor, type StartPorts } from '../../helpers/doctor.ts'
import { startTestDynamoDb } from '../../helpers/dynamoDb.ts'
import { freePort } from '../../helpers/freePort.ts'
import { copyProject, type ProjectCopy, runCommand } from '../../helpers/project.ts'

/** Neither Java nor Maven. */
const ONLY_NODE = { PATH: path.dirname(process.execPath), JAVA_HOME: '' }

describe('npm run doctor, of this machine', () => {
  let project: ProjectCopy
  let ports: StartPorts
  let dataDir: string
  let dynamoDbDir: string

  beforeAll(async () => {
    project = copyProject()
    ports = await freeStartPorts()
    dataDir = path.join(project.folder, '.local', 'kafka')
    dynamoDbDir = path.join(project.folder, '.local', 'dynamodb')
    mkdirSync(dataDir)
  })

  afterAll(() => project.remove())

  const doctor = (env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<DoctorResult> =>
    runDoctor(project.folder, ports, { args: ['--local'], env, flags })

  it('is all well', async () => {
    const { code, machine } = await doctor()

    expect(machine).toEqual([
      'This machine',
      expect.stringMatching(/^ok Node\.js 24\./),
      expect.stringMatching(/^ok packages \d+ installed$/),
      'ok settings the environment variables are in range',
      expect.stringMatching(/^ok Java \d+ \(\/.*java, of (PATH|JAVA_HOME)\)$/),
      `ok Kafka ${KAFKA_VERSION} is here; Maven is not needed`,
      'ok data none yet',
      `ok Kafka port ${ports.kafka} is free`,
      `ok DynamoDB ${DYNAMODB_JARS.version} is here; Maven is not needed`,
      `ok DynamoDB port ${ports.dynamoDb} is free`,
      `ok HTTP port ${ports.http} is free`,
      `ok Lambda port ${ports.lambda} is free`,
      '',
      'All is well.',
    ])
    expect(code).toBe(0)
  })

  it('lacks Java and, without the jars, Maven', async () => {
    const jars = path.join(project.folder, '.local', 'jars')
    unlinkSync(jars)
    try {
      const { code, machine } = await doctor(ONLY_NODE)

      expect(machine).toContain('broken Java Kafka and DynamoDB Local need Java, and none was found.')
      expect(machine).toContain(
        `broken Kafka Maven is needed once, to fetch Kafka ${KAFKA_VERSION}, and there is no \`mvn\` on PATH.`,
      )
      expect(machine).toContainEqual(
        expect.stringMatching(/^broken DynamoDB Maven is needed once, to fetch DynamoDB Local /),
      )
      expect(code).toBe(1)
      expect((await doctor()).machine).toContainEqual(
        expect.stringMatching(/^ok Kafka .* comes with the first start \(about 40 MB, by Apache Maven /),
      )
    } finally {
      symlinkSync(path.join(import.meta.dirname, '../../../.local/jars'), jars)
    }
  })

  it('has ports that other programs took, until they end', async () => {
    const servers = await Promise.all([
      listen(ports.kafka, '127.0.0.1'),
      listen(ports.dynamoDb, '127.0.0.1'),
      listen(ports.http),
      listen(ports.lambda),
    ])
    const { code, machine } = await doctor()
    await Promise.all(servers.map(close))

    expect(machine).toContain(
      `broken Kafka port Port ${ports.kafka} on 127.0.0.1 is taken by another program, so the local Kafka cannot have it.`,
    )
    expect(machine).toContain(
      `broken DynamoDB port Port ${ports.dynamoDb} on 127.0.0.1 is taken by another program, so DynamoDB Local cannot have it.`,
    )
    expect(machine).toContain(
      `broken HTTP port The HTTP server cannot have port ${ports.http} on localhost: another program has it.`,
    )
    expect(machine).toContain(`Choose another: npm start -- --lambdaPort ${ports.lambda + 100}`)
    expect(code).toBe(1)
    expect((await doctor()).code).toBe(0)
  })

  it('has ports that `npm start` of this folder took', async () => {
    const claim = await claimDataFolder(dataDir, ports.kafka, () => {})
    const servers = await Promise.all([listen(ports.kafka, '127.0.0.1'), listen(ports.http)])
    const { code, machine } = await doctor()
    await Promise.all(servers.map(close))
    claim.release()

    expect(machine).toContain(
      `ok Kafka port the local Kafka runs on 127.0.0.1:${ports.kafka} (process ${process.pid})`,
    )
    expect(machine).toContain(
      process.platform === 'linux'
        ? `ok HTTP port \`npm start\` of this folder has ${ports.http} (process ${process.pid})`
        : `warning HTTP port ${ports.http} is taken while \`npm start\` of this folder runs (process ${process.pid}): by it, or by another program.`,
    )
    expect(code).toBe(0)
  })

  it('has the DynamoDB of an `npm start` of this folder', async () => {
    mkdirSync(dynamoDbDir, { recursive: true })
    const claim = await claimDataFolder(dynamoDbDir, ports.dynamoDb, () => {}, 'DynamoDB')
    const servers = await Promise.all([listen(ports.dynamoDb, '127.0.0.1'), listen(ports.http)])
    // Its Kafka is elsewhere.
    const { code, machine } = await doctor({ KAFKA_BROKERS: process.env.KAFKA_BROKERS })
    await Promise.all(servers.map(close))
    claim.release()

    expect(machine).toContain(
      `ok DynamoDB port the local DynamoDB runs on 127.0.0.1:${ports.dynamoDb} (process ${process.pid})`,
    )
    expect(machine).toContainEqual(
      expect.stringMatching(/^(ok|warning) HTTP port .*`npm start` of this folder/),
    )
    expect(code).toBe(0)
  })

  const onLinux = process.platform === 'linux' ? it : it.skip

  onLinux('has ports that another program took while `npm start` of this folder runs', async () => {
    const claim = await claimDataFolder(dataDir, ports.kafka, () => {})
    const stranger = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${ports.http}, 'localhost', () => console.log('listens'))`,
    ])
    await once(stranger.stdout, 'data')
    const { code, machine } = await doctor()
    stranger.kill()
    await once(stranger, 'close')
    claim.release()

    expect(machine).toContain(
      `broken HTTP port The HTTP server cannot have port ${ports.http} on localhost: another program has it.`,
    )
    expect(code).toBe(1)
  })

  it('has a JAVA_HOME that leads nowhere', async () => {
    const { code, machine } = await doctor({ JAVA_HOME: '/nowhere/jdk' })

    expect(machine).toContainEqual(
      expect.stringMatching(
        /^warning Java \d+ \(\/.*java, of PATH\), since JAVA_HOME \(\/nowhere\/jdk\) has none that runs/,
      ),
    )
    expect(code).toBe(0)
  })

  it('has data of another Kafka, until it is emptied', async () => {
    mkdirSync(path.join(dataDir, 'log'))
    writeFileSync(path.join(dataDir, 'log', 'kafka-version'), '3.0.0')

    const { code, machine } = await doctor()

    expect(machine).toContainEqual(
      expect.stringMatching(
        new RegExp(`^broken data .* made by Kafka 3\\.0\\.0, and this is Kafka ${KAFKA_VERSION}\\.$`),
      ),
    )
    expect(machine).toContain('Empty it with: npm run reset (its topics and records are lost).')
    expect(code).toBe(1)
    await runCommand(project.folder, [process.execPath, 'plugins/local-services/reset.ts'])
    expect((await doctor()).machine).toContain('ok data none yet')
  })

  it('has a DynamoDB elsewhere, which answers or not, and needs none here', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`
    const there = await startTestDynamoDb()
    try {
      const found = await doctor({
        ...{ DYNAMODB_ENDPOINT: there.endpoint, KAFKA_BROKERS: process.env.KAFKA_BROKERS },
        ...ONLY_NODE,
      })
      expect(found.machine).toContain(
        `ok DynamoDB ${there.endpoint} of DYNAMODB_ENDPOINT answers; no local one is needed`,
      )
      expect(found.machine.join()).not.toMatch(/Java/)
      expect(found.code).toBe(0)
    } finally {
      await there.remove()
    }

    const lost = await doctor({ DYNAMODB_ENDPOINT: nowhere })
    expect(lost.machine).toContainEqual(
      expect.stringMatching(
        `^broken DynamoDB DYNAMODB_ENDPOINT names a DynamoDB that cannot be used: ${nowhere} .*ECONNREFUSED`,
      ),
    )
    expect(lost.code).toBe(1)
  })

  it('has a Kafka elsewhere, which answers or not, and needs none here', async () => {
    const there = process.env.KAFKA_BROKERS ?? ''
    const nowhere = `127.0.0.1:${await freePort()}`

    const found = await doctor({ KAFKA_BROKERS: there })
    const lost = await doctor({ KAFKA_BROKERS: nowhere })

    expect(found.machine).toContain(`ok Kafka ${there} of KAFKA_BROKERS answers; no local one is needed`)
    expect(found.code).toBe(0)
    expect(lost.machine).toContain(
      `broken Kafka KAFKA_BROKERS names a cluster that cannot be used: ${nowhere} (ECONNREFUSED).`,
    )
    expect(lost.code).toBe(1)
  })

  it('has settings that are out of range', async () => {
    const { code, machine } = await doctor({ BATCH_CONCURRENCY: '0', KAFKA_PORT: 'x' })

    expect(machine).toContainEqual(expect.stringMatching(/^broken settings .*BATCH_CONCURRENCY \("0"\)/))
    expect(machine).toContain('broken settings KAFKA_PORT is "x", but must be a port, 1 to 65535.')
    expect(code).toBe(1)
  })

  it('has a Node.js that runs no TypeScript', async () => {
    const { code, machine } = await doctor({}, ['--no-experimental-strip-types'])

    expect(machine[0]).toMatch(/^broken Node\.js This Node\.js, 24\.\S+, runs no TypeScript/)
    expect(code).toBe(1)
  })

  it('has no packages yet', async () => {
    const packages = path.join(project.folder, 'node_modules')
    rmSync(packages)
    try {
      const { code, machine } = await doctor()

      expect(machine).toEqual(['broken packages The packages are not installed.', 'Run: npm install'])
      expect(code).toBe(1)
    } finally {
      symlinkSync(path.join(import.meta.dirname, '../../../node_modules'), packages)
    }
  })
})

/** Names may lead to another address of the machine, and the host is told a name. */
function listen(port: number, host = 'localhost'): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ port, host }, () => resolve(server))
  })
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve))
