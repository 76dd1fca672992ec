import { describe, expect, it } from '@jest/globals'
import { type HostPort, hostPortFinding } from '../../../doctor/local/hostPorts.ts'
import { javaFinding } from '../../../doctor/local/java.ts'
import { portsIn } from '../../../doctor/local/listeningPorts.ts'
import { DYNAMODB } from '../../../doctor/local/localDynamoDb.ts'
import { KAFKA } from '../../../doctor/local/localKafka.ts'
import { nodeFinding, nodeOfUserAgent } from '../../../doctor/local/node.ts'
import { type LockFile, packagesFinding } from '../../../doctor/local/packages.ts'
import { refusal } from '../../../doctor/local/refusal.ts'
import { servicePortFinding } from '../../../doctor/local/servicePort.ts'
import { settingsFindings } from '../../../doctor/local/settings.ts'
import { LocalServicesError } from '../../../plugins/local-services/src/errors.ts'

describe('Node.js', () => {
  const usual = { running: '24.21.0', packaged: '24.21.0', ofNpm: '20.20.2' }

  it.each([
    ['ok', '24.21.0, npm on 20.20.2', {}],
    ['ok', '24.21.0', { ofNpm: undefined }],
    ['broken', 'npm runs on Node.js 18.0.0.', { ofNpm: '18.0.0' }],
    ['broken', 'The package `node` did not bring its Node.js.', { packaged: undefined }],
    [
      'warning',
      'This is Node.js 22.20.0, not 24.21.0 of the package `node`, as which Lambda runs the functions.',
      { running: '22.20.0' },
    ],
  ])('is %s: %s', (state, message, different) => {
    expect(nodeFinding({ ...usual, ...different })).toMatchObject({ state, message })
  })

  it('is that of npm in what npm says of itself', () => {
    expect(nodeOfUserAgent('npm/10.8.2 node/v20.19.2 linux x64 workspaces/false')).toBe('20.19.2')
    expect(nodeOfUserAgent(undefined)).toBeUndefined()
  })
})

describe('packages', () => {
  const lock = (packages: LockFile['packages']): LockFile => ({
    packages: { '': { version: '0.1.0' }, ...packages },
  })
  const wanted = lock({
    'node_modules/zod': { version: '4.6.7' },
    'node_modules/a/node_modules/ms': { version: '2.0.0' },
    'node_modules/esbuild-win': { version: '1.0.0', optional: true },
  })

  it('are well without those of other systems', () => {
    const installed = lock({
      'node_modules/zod': { version: '4.6.7' },
      'node_modules/a/node_modules/ms': { version: '2.0.0' },
    })

    expect(packagesFinding(wanted, installed)).toMatchObject({ state: 'ok', message: '2 installed' })
  })

  it('are named when they have another version or are missing', () => {
    expect(packagesFinding(wanted, lock({ 'node_modules/zod': { version: '4.0.0' } }))).toMatchObject({
      state: 'broken',
      message: 'Not installed as package-lock.json has it: zod, ms.',
      cure: 'Run: npm install',
    })
  })

  it('are counted when they are many', () => {
    const many = lock(
      Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e'].map((name) => [`node_modules/${name}`, { version: '1.0.0' }]),
      ),
    )

    expect(packagesFinding(many, undefined).message).toMatch(/: a, b, c and 2 more\.$/)
  })
})

describe('settings', () => {
  it('are well when nothing is set', () => {
    expect(settingsFindings({})).toMatchObject([{ state: 'ok' }])
  })

  it('are named with what they must be, those of the functions and those of the local services', () => {
    const findings = settingsFindings({ ORDER_DEADLINE_MS: 'soon', KAFKA_PORT: '0' })

    expect(findings).toMatchObject([{ state: 'broken' }, { state: 'broken' }])
    expect(findings[0]?.message).toContain('ORDER_DEADLINE_MS ("soon")')
    expect(findings[1]?.message).toBe('KAFKA_PORT is "0", but must be a port, 1 to 65535.')
  })
})

describe('the settings of a Kafka elsewhere', () => {
  it('are named once, though functions and local services both read them', () => {
    const findings = settingsFindings({ KAFKA_BROKERS: 'kafka:9092', KAFKA_AUTH: 'scram' })

    expect(findings).toMatchObject([
      { state: 'broken', message: expect.stringContaining('KAFKA_SECRET_ARN') },
    ])
  })
})

describe('the settings of the local DynamoDB', () => {
  it.each([
    [{ DYNAMODB_PORT: '0' }, 'DYNAMODB_PORT is "0", but must be a port, 1 to 65535.'],
    [
      { DYNAMODB_PORT: 'x', ORDER_DEADLINE_MS: 'soon' },
      'DYNAMODB_PORT is "x", but must be a port, 1 to 65535.',
    ],
    [{ DYNAMODB_ENDPOINT: 'localhost:8000' }, expect.stringContaining('DYNAMODB_ENDPOINT')],
  ])('are named for %j', (env, message) => {
    expect(settingsFindings(env).filter((finding) => finding.message.includes('DYNAMODB'))).toMatchObject([
      { state: 'broken', message },
    ])
  })
})

describe('the port of the local Kafka', () => {
  const process = { pid: 7, startedAt: 'then' }
  const usage = { owner: process, broker: { pid: 8, startedAt: 'then' }, port: 9092 }

  it.each([
    ['ok', '9092 is free', undefined, undefined],
    [
      'ok',
      'the local Kafka runs on 127.0.0.1:9192 (process 7)',
      undefined,
      { usage: { ...usage, port: 9192 }, state: 'in use' as const },
    ],
    [
      'broken',
      'Port 9092 on 127.0.0.1 is taken by another program, so the local Kafka cannot have it.',
      'EADDRINUSE',
      { usage: { ...usage, port: 9192 }, state: 'in use' as const },
    ],
    [
      'ok',
      'the local Kafka runs on 127.0.0.1:9092 (process 7)',
      'EADDRINUSE',
      { usage, state: 'in use' as const },
    ],
    [
      'warning',
      '9092 is taken by a Kafka that an earlier start left behind (process 8).',
      'EADDRINUSE',
      { usage, state: 'left behind' as const },
    ],
    [
      'broken',
      'Port 9092 on 127.0.0.1 is taken by another program, so the local Kafka cannot have it.',
      'EADDRINUSE',
      { usage, state: 'over' as const },
    ],
    ['broken', 'Nobody can listen on 9092 (EACCES).', 'EACCES', undefined],
  ])('is %s: %s', (state, message, reason, used) => {
    expect(servicePortFinding(KAFKA, 9092, reason, used)).toMatchObject({ state, message })
  })
})

describe('the port of the local DynamoDB', () => {
  it('comes with what chooses another, or uses the one that is there', () => {
    const { message, cure } = servicePortFinding(DYNAMODB, 8000, 'EADDRINUSE', undefined)

    expect(message).toBe(
      'Port 8000 on 127.0.0.1 is taken by another program, so DynamoDB Local cannot have it.',
    )
    expect(cure).toMatch(/DYNAMODB_PORT=8100 npm start\..* DYNAMODB_ENDPOINT=http:\/\/127\.0\.0\.1:8000/)
    expect(servicePortFinding(DYNAMODB, 80, 'EACCES', undefined).cure).toMatch('DYNAMODB_PORT=180 ')
  })
})

describe('Java', () => {
  const ofPath = { command: 'java', version: 21, build: '21' }

  it('is that of JAVA_HOME, or of PATH where that is not set', () => {
    expect(
      javaFinding({ command: '/jdk/bin/java', version: 17, build: '17' }, { JAVA_HOME: '/jdk' }),
    ).toMatchObject({
      state: 'ok',
      message: '17 (/jdk/bin/java, of JAVA_HOME)',
    })
    expect(javaFinding(ofPath, { PATH: '/nowhere' })).toMatchObject({
      state: 'ok',
      message: '21 (java, of PATH)',
    })
  })

  it('of PATH is a warning when JAVA_HOME names another that will not do', () => {
    expect(javaFinding(ofPath, { PATH: '/nowhere', JAVA_HOME: '/jdk' })).toMatchObject({
      state: 'warning',
      message: '21 (java, of PATH), since JAVA_HOME (/jdk) has none that runs and is 17 or later.',
    })
  })
})

describe('the ports of a process', () => {
  it('are those of its own sockets that listen', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11 1 0 100 0 0 10 0
   1: 0100007F:0BBA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 100 0 0 10 0
   2: 0100007F:0BBC 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000  1000        0 13 1 0 100 0 0 10 0
`
    expect(portsIn(table, new Set(['11', '13']))).toEqual([3000])
  })
})

describe('the ports of the host', () => {
  const nobody = { running: undefined, allElsewhere: false }
  const running = (...ports: number[]) => ({ ...nobody, running: { pid: 7, ports: new Set(ports) } })
  const http: HostPort = {
    ...{ subject: 'HTTP port', what: 'The HTTP server', option: '--httpPort', port: 3000 },
    reason: 'EADDRINUSE',
  }

  it.each([
    ['ok', '3000 is free', { ...http, reason: undefined }, nobody],
    ['ok', '`npm start` of this folder has 3000 (process 7)', http, running(3000, 3002)],
    [
      'broken',
      'The HTTP server cannot have port 3000 on localhost: another program has it.',
      http,
      running(4000, 3002),
    ],
    [
      'warning',
      '3000 is taken while `npm start` of this folder runs (process 7): by it, or by another program.',
      http,
      { ...nobody, running: { pid: 7, ports: undefined } },
    ],
    ['broken', 'The HTTP server cannot have port 3000 on localhost: another program has it.', http, nobody],
    [
      'warning',
      'The HTTP server cannot have port 3000 on localhost: another program has it.',
      http,
      { ...nobody, allElsewhere: true },
    ],
  ])('are %s: %s', (state, message, port, holder) => {
    expect(hostPortFinding(port, 'localhost', holder)).toMatchObject({ state, message })
  })

  it('come with the option that chooses another', () => {
    expect(hostPortFinding(http, 'localhost', nobody).cure).toBe(
      'Choose another: npm start -- --httpPort 3100',
    )
  })
})

describe('what `npm start` would refuse', () => {
  it('is parted into what is wrong and how to mend it', () => {
    const error = new LocalServicesError(
      'X',
      'Kafka 4.0.1 is at 127.0.0.1:9092 (see a.log). Stop it. Then start again.',
    )

    expect(refusal('Kafka', error)).toEqual({
      state: 'broken',
      subject: 'Kafka',
      message: 'Kafka 4.0.1 is at 127.0.0.1:9092 (see a.log).',
      cure: 'Stop it. Then start again.',
    })
  })

  it('is not any error', () => {
    expect(() => refusal('Kafka', new TypeError('a bug'))).toThrow('a bug')
  })
})
