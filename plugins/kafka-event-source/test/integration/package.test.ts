import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { removeFolder, temporaryFolder } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { TestCluster } from '../helpers/topics.ts'

const NAME = 'serverless-kafka-event-source'
const PLUGIN = fileURLToPath(new URL('../../', import.meta.url))
const OUR_MODULES = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8'))
const DECLARED = Object.keys({ ...dependencies, ...peerDependencies })

/** @throws {Error} it ended with another code than 0; with what it printed */
const run = (program: string, parameters: readonly string[], cwd?: string) =>
  promisify(execFile)(program, parameters, { cwd }).catch(({ message, stdout }) => {
    throw new Error(`${message}\n${stdout}`)
  })

/** Somebody else's project, of CommonJS modules, with the packed plugin in its node_modules. */
const project = temporaryFolder()
const installed = join(project, 'node_modules', NAME)
const inProject = (file: string, text: string) => writeFileSync(join(project, file), text)

let cluster: TestCluster
const started: ChildProcess[] = []

beforeAll(async () => {
  mkdirSync(installed, { recursive: true })
  await run('npm', ['pack', '--offline', '--pack-destination', project], PLUGIN)
  const { version } = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8'))
  await run('tar', ['xzf', join(project, `${NAME}-${version}.tgz`), '--strip-components=1', '-C', installed])

  for (const name of [...DECLARED, 'serverless', '@types/node']) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(OUR_MODULES, name), link)
  }
  writeProject()
  cluster = await TestCluster.connect()
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await cluster?.close()
  removeFolder(project)
})

function writeProject(): void {
  inProject('package.json', '{ "name": "elsewhere", "private": true }')
  inProject(
    'javascript.js',
    `const { existsSync } = require('node:fs')
    exports.handler = async (event) => {
      for (const { value } of Object.values(event.records).flat()) {
        const text = Buffer.from(value, 'base64').toString()
        console.log('javascript begins ' + text)
        while (text.endsWith('.wait') && !existsSync(text)) await new Promise((next) => setTimeout(next, 20))
        console.log('javascript got ' + text)
      }
    }`,
  )
  // Node.js alone could load neither of these two.
  inProject(
    'typescript.ts',
    `import { describe, Kind } from './describe'
    type Event = { records: Record<string, { value: string }[]> }
    export const handler = async (event: Event): Promise<void> => {
      for (const { value } of Object.values(event.records).flat()) console.log(describe(Kind.Text, value))
    }`,
  )
  inProject(
    'describe.ts',
    `export enum Kind { Text = 'typescript got' }
    export const describe = (kind: Kind, value: string): string => kind + ' ' + Buffer.from(value, 'base64')`,
  )
  // The start of serverless-offline lasts until there is the file `host.started`.
  inProject(
    'slowStart.js',
    `const { existsSync } = require('node:fs')
    const wait = async () => {
      while (!existsSync('host.started')) await new Promise((next) => setTimeout(next, 20))
    }
    module.exports = class SlowStart {
      // \`serverless offline start\`
      hooks = { 'after:offline:start:init': wait }
      // \`serverless offline\`
      constructor({ pluginManager }) {
        const host = pluginManager.plugins.find(({ constructor }) => constructor.name === 'ServerlessOffline')
        const start = host.start
        host.start = async () => {
          await start.call(host)
          await wait()
        }
      }
    }`,
  )
}

type Service = {
  readonly plugins: readonly string[]
  readonly topics: { readonly javascript: string; readonly typescript?: string }
  readonly custom?: object
}

/** JSON is YAML, too. */
function writeService({ plugins, topics, custom = {} }: Service): void {
  const functions = Object.entries(topics).map(([language, topic]) => [
    language,
    {
      handler: `${language}.handler`,
      timeout: 30,
      events: [
        {
          msk: {
            arn: 'arn:aws:kafka:us-east-1:000000000000:cluster/elsewhere/00000000-0000-0000-0000-000000000000-0',
            topic,
            consumerGroupId: `${topic}-group`,
            startingPosition: 'TRIM_HORIZON',
            maximumBatchingWindow: 0,
            functionResponseType: 'ReportBatchItemFailures',
            maximumRetryAttempts: 3,
            provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 },
          },
        },
      ],
    },
  ])
  inProject(
    'serverless.yml',
    JSON.stringify({
      service: 'elsewhere',
      configValidationMode: 'error',
      plugins,
      custom,
      provider: { name: 'aws', runtime: 'nodejs24.x' },
      package: { patterns: ['!**', '*.js', '*.ts'], excludeDevDependencies: false },
      functions: Object.fromEntries(functions),
    }),
  )
}

async function offline(command: string, brokers = '') {
  const ports = ['--httpPort', `${await freePort()}`, '--lambdaPort', `${await freePort()}`]
  const child = spawn(process.execPath, [SERVERLESS, ...command.split(' '), ...ports], {
    cwd: project,
    env: { ...process.env, KAFKA_BROKERS: brokers },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  let exit: number | NodeJS.Signals | null = null
  child.once('exit', (code, signal) => {
    exit = code ?? signal
  })
  const seen = async (what: string, condition: () => boolean) => {
    await waitFor(condition, { timeoutMs: 30_000, what }).catch(({ message }) => {
      throw new Error(`${message} in:\n${output}`)
    })
  }
  return {
    prints: (text: string) => seen(`"${text}"`, () => output.includes(text)),
    interrupt: () => child.kill('SIGINT'),
    /** Its code, or the signal that ended it; with what it printed. */
    async ended() {
      await seen('the end', () => exit !== null)
      return { exit, output }
    },
  }
}

const HOST_FIRST = ['serverless-offline', NAME]
const HOST_LAST = [NAME, 'serverless-offline']

describe.each([
  ['offline', HOST_FIRST, 'custom.kafkaEventSource.brokers'],
  ['offline start', HOST_LAST, 'KAFKA_BROKERS'],
])('serverless %s with plugins %j and the Kafka of %s', (command, plugins, brokersFrom) => {
  it('gives records to JavaScript and TypeScript handlers, and stops in order', async () => {
    const topics = { javascript: await cluster.topic(), typescript: await cluster.topic() }
    const brokers = cluster.brokers.join(',')
    const isSet = brokersFrom === 'KAFKA_BROKERS'
    writeService({ plugins, topics, custom: isSet ? {} : { kafkaEventSource: { brokers } } })
    await cluster.produce(topics.javascript, ['a'])
    await cluster.produce(topics.typescript, ['b', 'c'])

    const server = await offline(command, isSet ? brokers : '')
    await server.prints('javascript got a')
    await server.prints('typescript got c')
    await cluster.waitForCommitted(`${topics.javascript}-group`, topics.javascript, { 0: 1 })
    await cluster.waitForCommitted(`${topics.typescript}-group`, topics.typescript, { 0: 2 })
    await server.prints('listening on')

    const last = `${topics.javascript}.wait`
    await cluster.produce(topics.javascript, [last])
    await server.prints(`javascript begins ${last}`)
    server.interrupt()
    await server.prints('typescript: stopped')
    inProject(last, '')

    const { exit, output } = await server.ended()
    expect(exit).toBe(0)
    expect(output).toContain(`javascript got ${last}`)
    expect(await cluster.committed(`${topics.javascript}-group`, topics.javascript)).toEqual({ 0: 2 })
    expect(await members(topics.javascript)).toEqual([])
  })

  it('stops in order also at a signal that comes while serverless-offline starts', async () => {
    const topic = await cluster.topic()
    const batch = `${topic}.wait`
    rmSync(join(project, 'host.started'), { force: true })
    writeService({ plugins: [...plugins, './slowStart.js'], topics: { javascript: topic } })
    await cluster.produce(topic, [batch])

    const server = await offline(command, cluster.brokers.join(','))
    await server.prints(`javascript begins ${batch}`)
    server.interrupt()
    inProject(batch, '')
    await server.prints('javascript: stopped')
    inProject('host.started', '')

    expect((await server.ended()).exit).toBe(0)
    expect(await cluster.committed(`${topic}-group`, topic)).toEqual({ 0: 1 })
    expect(await members(topic)).toEqual([])
  })
})

async function members(topic: string) {
  const { groups } = await cluster.admin.describeGroups([`${topic}-group`])
  return groups[0]?.members
}

it('writes the settings of the mappings into the template', async () => {
  writeService({ plugins: HOST_FIRST, topics: { javascript: 'elsewhere' } })
  await run(process.execPath, [SERVERLESS, 'package'], project)

  const template = join(project, '.serverless/cloudformation-template-update-stack.json')
  const { Resources } = JSON.parse(readFileSync(template, 'utf8'))
  const resources = Object.values<{ Type: string; Properties: object }>(Resources)
  expect(resources.filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')).toEqual([
    expect.objectContaining({
      Properties: expect.objectContaining({
        Topics: ['elsewhere'],
        MaximumBatchingWindowInSeconds: 0,
        MaximumRetryAttempts: 3,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    }),
  ])
})

it('brings types', async () => {
  inProject(
    'usesTypes.mts',
    `import KafkaEventSource from '${NAME}'
    export const events: string[] = Object.keys({} as KafkaEventSource['hooks'])
    // @ts-expect-error Its log writes notices, at least.
    export const context: ConstructorParameters<typeof KafkaEventSource>[2] = { log: { notice: 'no function' } }`,
  )
  const options = '--noEmit --strict --skipLibCheck --module nodenext --target es2024 --types node'.split(' ')
  await run(join(OUR_MODULES, '.bin/tsc'), [...options, 'usesTypes.mts'], project)
})

describe('the packed files', () => {
  const files = () => readdirSync(installed, { recursive: true, encoding: 'utf8' })
  const built = () => files().filter((file) => /^dist\/.*\.[jt]s$/.test(file))
  const text = (file: string) => readFileSync(join(installed, file), 'utf8')

  it('are built JavaScript, its types and what is to be read', () => {
    const others = files().filter((file) => !/^dist(\/|$)/.test(file))
    expect(others).toEqual(expect.arrayContaining(['README.md', 'package.json']))
    expect(others.filter((file) => !/^(README\.md|CONFORMANCE\.md|package\.json)$/.test(file))).toEqual([])
    expect(built().length).toBeGreaterThan(50)
    expect(built().filter((file) => !/(\.d\.ts|\.js)$/.test(file))).toEqual([])
  })

  it('import nothing but each other, Node.js and what package.json declares', () => {
    const imported = built().flatMap((file) =>
      specifiers(text(file)).map((specifier) => ({ file, specifier })),
    )
    expect(imported.map(({ specifier }) => specifier)).toEqual(
      expect.arrayContaining([
        ...['kafkajs', 'tsx/esm/api', 'kafkajs/src/network/requestQueue', 'node:zlib'],
        'aws-msk-iam-sasl-signer-js',
      ]),
    )
    expect(imported.filter(({ file, specifier }) => !isKnown(file, specifier))).toEqual([])
  })

  it('know nothing of the order system', () => {
    const ours =
      /orders-on-kafka|order_status|payment_service|notification_service|createOrder|local-?services/i
    expect(files().filter((file) => /\.\w+$/.test(file) && ours.test(text(file)))).toEqual([])
  })

  /** What stands behind `from`, `import`, `require(` and `createRequire(…)(`. */
  const specifiers = (code: string): string[] =>
    [...code.matchAll(/(?:\bfrom\s|\bimport\s|\bimport\(|\brequire\(|\)\()\s*(['"])([^'"\n]+)\1/g)].map(
      ([, , specifier = '']) => specifier,
    )

  function isKnown(file: string, specifier: string): boolean {
    if (specifier.startsWith('.')) {
      const path = resolve(installed, dirname(file), specifier)
      return path.startsWith(join(installed, 'dist')) && existsSync(path.replace(/(?<!\.d)\.ts$/, '.d.ts'))
    }
    if (specifier.startsWith('node:')) return isBuiltin(specifier)
    return DECLARED.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  }
})
